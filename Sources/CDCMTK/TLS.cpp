// BCP 195 (RFC 9325): TLS 1.2 with forward secrecy and authenticated ciphers, TLS 1.3; nothing older, no renegotiation.
#include "TLS.hpp"

#include "Connection.hpp"

#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <vector>

namespace cdcmtk {

namespace {

constexpr const char *suitesOf12 =
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:"
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char *groups = "X25519:P-256:P-384:P-521";
/// Certificates in a peer's chain; hospitals have two or three.
constexpr int maxChainDepth = 6;

struct BIOFree {
    void operator()(BIO *bio) const { BIO_free_all(bio); }
};
struct X509Free {
    void operator()(X509 *certificate) const { X509_free(certificate); }
};
struct KeyFree {
    void operator()(EVP_PKEY *key) const { EVP_PKEY_free(key); }
};
struct CRLFree {
    void operator()(X509_CRL *list) const { X509_CRL_free(list); }
};
using OwnedBIO = std::unique_ptr<BIO, BIOFree>;
using OwnedX509 = std::unique_ptr<X509, X509Free>;

OwnedBIO memory(const uint8_t *bytes, size_t count) {
    return OwnedBIO(BIO_new_mem_buf(bytes, static_cast<int>(count)));
}

OwnedX509 nextCertificate(BIO *bio) { return OwnedX509(PEM_read_bio_X509(bio, nullptr, nullptr, nullptr)); }

/// No passphrase is asked for on a terminal: a daemon has none.
int noPassphrase(char *, int, int, void *) { return 0; }

bool useOwnCertificate(SSL_CTX *context, const cdcmtk_tls_material &material) {
    const OwnedBIO chain = memory(material.certificate, material.certificate_count);
    const OwnedX509 own = nextCertificate(chain.get());
    if (!own || SSL_CTX_use_certificate(context, own.get()) != 1) return false;
    for (;;) {
        const OwnedX509 next = nextCertificate(chain.get());
        if (!next) break;
        if (SSL_CTX_add1_chain_cert(context, next.get()) != 1) return false;
    }
    const OwnedBIO bytes = memory(material.private_key, material.private_key_count);
    const std::unique_ptr<EVP_PKEY, KeyFree> key(
        PEM_read_bio_PrivateKey(bytes.get(), nullptr, noPassphrase, nullptr));
    return key && SSL_CTX_use_PrivateKey(context, key.get()) == 1 && SSL_CTX_check_private_key(context) == 1;
}

bool trust(SSL_CTX *context, const cdcmtk_tls_material &material) {
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    const OwnedBIO authorities = memory(material.authorities, material.authorities_count);
    int count = 0;
    for (;;) {
        const OwnedX509 next = nextCertificate(authorities.get());
        if (!next) break;
        if (X509_STORE_add_cert(store, next.get()) != 1) return false;
        if (material.is_server) SSL_CTX_add_client_CA(context, next.get());
        count += 1;
    }
    if (count == 0) return false;
    if (material.revocations_count == 0) return true;
    const OwnedBIO revocations = memory(material.revocations, material.revocations_count);
    count = 0;
    for (;;) {
        const std::unique_ptr<X509_CRL, CRLFree> next(
            PEM_read_bio_X509_CRL(revocations.get(), nullptr, nullptr, nullptr));
        if (!next) break;
        if (X509_STORE_add_crl(store, next.get()) != 1) return false;
        count += 1;
    }
    return count > 0 && X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK) == 1;
}

/// Without authorities a peer is known by its fingerprint alone: that nobody vouches for it is then no objection.
/// Every other objection (dates, signatures, purposes) stands.
int acceptUnknownIssuer(int isFine, X509_STORE_CTX *store) {
    if (isFine == 1) return 1;
    switch (X509_STORE_CTX_get_error(store)) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        X509_STORE_CTX_set_error(store, X509_V_OK);
        return 1;
    default:
        return 0;
    }
}

OwnedContext made(const cdcmtk_tls_material &material, int32_t &why) {
    why = CDCMTK_TLS_PROTOCOL;
    OwnedContext context(SSL_CTX_new(material.is_server ? TLS_server_method() : TLS_client_method()));
    if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context.get(), suitesOf12) != 1 ||
        SSL_CTX_set1_groups_list(context.get(), groups) != 1) return {};
    // Associations last; resumption would only add keys that live long.
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                           SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context.get(), 0);
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_verify_depth(context.get(), maxChainDepth);

    why = CDCMTK_TLS_OWN_CERTIFICATE;
    if (material.certificate_count > 0) {
        if (!useOwnCertificate(context.get(), material)) return {};
    } else if (material.is_server) {
        return {};
    }
    why = CDCMTK_TLS_AUTHORITIES;
    const bool knowsAuthorities = material.authorities_count > 0;
    if (knowsAuthorities && !trust(context.get(), material)) return {};
    const int wanted = !material.is_server ? SSL_VERIFY_PEER
                       : material.wants_peer_certificate ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
                                                         : SSL_VERIFY_NONE;
    SSL_CTX_set_verify(context.get(), wanted, knowsAuthorities ? nullptr : acceptUnknownIssuer);
    why = 0;
    return context;
}

std::string fingerprint(const X509 *certificate) {
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned count = 0;
    if (X509_digest(certificate, EVP_sha256(), digest, &count) != 1) return {};
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (unsigned index = 0; index < count; index += 1) {
        text += digits[digest[index] >> 4];
        text += digits[digest[index] & 15];
    }
    return text;
}

int32_t objection(SSL *session) {
    switch (SSL_get_verify_result(session)) {
    case X509_V_OK: break;
    case X509_V_ERR_CERT_HAS_EXPIRED: case X509_V_ERR_CERT_NOT_YET_VALID: return CDCMTK_TLS_EXPIRED;
    case X509_V_ERR_CERT_REVOKED: return CDCMTK_TLS_REVOKED;
    case X509_V_ERR_HOSTNAME_MISMATCH: case X509_V_ERR_IP_ADDRESS_MISMATCH: return CDCMTK_TLS_WRONG_NAME;
    default: return CDCMTK_TLS_NOT_TRUSTED;
    }
    const unsigned long error = ERR_peek_last_error();
    if (ERR_GET_LIB(error) == ERR_LIB_SSL) {
        switch (ERR_GET_REASON(error)) {
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return CDCMTK_TLS_NO_CERTIFICATE;
        case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED: case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
        case SSL_R_TLSV1_ALERT_UNKNOWN_CA: case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED: case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
            return CDCMTK_TLS_REFUSED_BY_PEER;
        default: break;
        }
    }
    return CDCMTK_TLS_PROTOCOL;
}

/// The name or address that a server's certificate must be for.
bool expect(SSL *session, const std::string &host) {
    X509_VERIFY_PARAM *parameters = SSL_get0_param(session);
    if (X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1) return true;
    ERR_clear_error();
    return SSL_set_tlsext_host_name(session, host.c_str()) == 1 && SSL_set1_host(session, host.c_str()) == 1;
}

}  // namespace

Handshake shakeHands(SSL_CTX *context, int descriptor, Line &line, bool isServer, const std::string &host,
                     const std::string &pinned) {
    Handshake done;
    done.why = CDCMTK_TLS_PROTOCOL;
    const int flags = fcntl(descriptor, F_GETFL);
    OwnedSSL session(SSL_new(context));
    if (!session || flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) != 0 ||
        SSL_set_fd(session.get(), descriptor) != 1) return done;
    if (!isServer && pinned.empty() && !expect(session.get(), host)) return done;
    if (!isServer && !pinned.empty()) SSL_set_verify(session.get(), SSL_VERIFY_PEER, acceptUnknownIssuer);
    for (;;) {
        ERR_clear_error();
        const int got = isServer ? SSL_accept(session.get()) : SSL_connect(session.get());
        if (got == 1) break;
        const int error = SSL_get_error(session.get(), got);
        const bool goesOn = (error == SSL_ERROR_WANT_READ && line.awaitReadable(descriptor)) ||
                            (error == SSL_ERROR_WANT_WRITE && line.awaitWritable(descriptor));
        if (goesOn) continue;
        if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) done.why = CDCMTK_TLS_TIMEOUT;
        else if (error == SSL_ERROR_SSL) done.why = objection(session.get());
        else done.why = CDCMTK_TLS_LOST;
        ERR_clear_error();
        return done;
    }
    const OwnedX509 certificate(SSL_get1_peer_certificate(session.get()));
    if (certificate) done.fingerprint = fingerprint(certificate.get());
    if (!pinned.empty() && done.fingerprint != pinned) {
        done.why = CDCMTK_TLS_WRONG_FINGERPRINT;
        return done;
    }
    if (!isServer && pinned.empty() && SSL_get_verify_result(session.get()) != X509_V_OK) {
        done.why = CDCMTK_TLS_NOT_TRUSTED;
        return done;
    }
    done.why = 0;
    done.session = std::move(session);
    return done;
}

}  // namespace cdcmtk

using namespace cdcmtk;

extern "C" cdcmtk_tls *cdcmtk_tls_new(const cdcmtk_tls_material *material, int32_t *why) {
    try {
        *why = CDCMTK_TLS_AUTHORITIES;
        // A client that knows neither authority nor fingerprint would trust anybody; the fingerprint comes per peer.
        auto made = std::make_unique<cdcmtk_tls>();
        made->isServer = material->is_server;
        made->context = cdcmtk::made(*material, *why);
        ERR_clear_error();
        return made->context ? made.release() : nullptr;
    } catch (...) {
        *why = CDCMTK_TLS_PROTOCOL;
        return nullptr;
    }
}

extern "C" void cdcmtk_tls_free(cdcmtk_tls *tls) { delete tls; }

extern "C" bool cdcmtk_certificate_read(const uint8_t *bytes, size_t count, cdcmtk_certificate *facts) {
    const OwnedBIO bio = memory(bytes, count);
    const OwnedX509 certificate = nextCertificate(bio.get());
    ERR_clear_error();
    if (!certificate) return false;
    tm from = {}, until = {};
    if (ASN1_TIME_to_tm(X509_get0_notBefore(certificate.get()), &from) != 1 ||
        ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &until) != 1) return false;
    facts->not_before = static_cast<int64_t>(timegm(&from));
    facts->not_after = static_cast<int64_t>(timegm(&until));
    try {
        const std::string text = fingerprint(certificate.get());
        std::memset(facts->fingerprint, 0, sizeof facts->fingerprint);
        std::memcpy(facts->fingerprint, text.data(), std::min(text.size(), sizeof facts->fingerprint - 1));
        return text.size() == 64;
    } catch (...) {
        return false;
    }
}
