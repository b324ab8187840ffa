// OpenSSL's TLS, and what Swift cannot read of it: macros, one line each.
#ifndef CXR_OPENTLS_SHIM_H
#define CXR_OPENTLS_SHIM_H

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

/// Nothing below TLS 1.2 (RFC 9325 3.1.1).
static inline int cxr_tls_modern_only(SSL_CTX *context) {
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1;
}

/// The name in the first message, for servers that have several.
static inline int cxr_tls_server_name(SSL *tls, const char *name) {
    return SSL_set_tlsext_host_name(tls, name) == 1;
}

/// The certificate must be for this host name or, if `is_address`, this IP address.
static inline int cxr_tls_expect(SSL *tls, const char *name, int is_address) {
    if (!is_address) return SSL_set1_host(tls, name) == 1;
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), name) == 1;
}

#endif
