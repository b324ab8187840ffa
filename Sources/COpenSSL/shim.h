// OpenSSL 3, and what Swift cannot read of it: macros and variadic functions, one line each.
#ifndef CXR_OPENSSL_SHIM_H
#define CXR_OPENSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

/// What makes P-256 pairs with OpenSSL's own generator; NULL if it fails. To look it up takes as long as to make a pair.
static inline EVP_PKEY_CTX *cxr_p256_generator(void) {
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    if (context && EVP_PKEY_keygen_init(context) == 1
        && EVP_PKEY_CTX_set_group_name(context, SN_X9_62_prime256v1) == 1) return context;
    EVP_PKEY_CTX_free(context);
    return NULL;
}

/// The bytes that a memory BIO holds; they belong to the BIO.
static inline long cxr_bio_bytes(BIO *bio, char **bytes) { return BIO_get_mem_data(bio, bytes); }

/// Refuses a pass phrase. OpenSSL's default asks the terminal, which a daemon must never do.
static inline int cxr_no_pass_phrase(char *buffer, int size, int writing, void *context) {
    (void)buffer, (void)size, (void)writing, (void)context;
    return -1;
}

/// Reads one unencrypted private key from PEM; NULL if there is none.
static inline EVP_PKEY *cxr_pem_read_private_key(BIO *bio) {
    return PEM_read_bio_PrivateKey(bio, NULL, cxr_no_pass_phrase, NULL);
}

/// Writes a private key as unencrypted PKCS#8 PEM.
static inline int cxr_pem_write_private_key(BIO *bio, EVP_PKEY *key) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
}

/// A P-256 key from its point and, unless `scalar` is NULL, its secret number; NULL if the point is not on the curve.
/// In C because the parameter builder keeps the pointers it is given until the end.
static inline EVP_PKEY *cxr_p256_key(const unsigned char *point, size_t point_length, const BIGNUM *scalar) {
    EVP_PKEY *key = NULL;
    OSSL_PARAM *parameters = NULL;
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    if (builder && context
        && OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, SN_X9_62_prime256v1, 0) == 1
        && OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, point_length) == 1
        && (!scalar || OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, scalar) == 1)
        && (parameters = OSSL_PARAM_BLD_to_param(builder)) && EVP_PKEY_fromdata_init(context) == 1
        && EVP_PKEY_fromdata(context, &key, scalar ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, parameters) != 1) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    return key;
}

#endif
