// Transport Layer Security below an association: OpenSSL over our own connection, so that our deadlines hold.
#pragma once

#include "Support.hpp"

#include <memory>
#include <openssl/ssl.h>
#include <string>

namespace cdcmtk {

class Line;

struct SSLFree {
    void operator()(SSL *ssl) const { SSL_free(ssl); }
};
using OwnedSSL = std::unique_ptr<SSL, SSLFree>;

struct ContextFree {
    void operator()(SSL_CTX *context) const { SSL_CTX_free(context); }
};
using OwnedContext = std::unique_ptr<SSL_CTX, ContextFree>;

/// The end of a handshake: the session, or why there is none (CDCMTK_TLS_…).
struct Handshake {
    OwnedSSL session;
    int32_t why = 0;
    std::string fingerprint;  // SHA-256 of the peer's certificate, lower-case hexadecimal; empty: it showed none
};

/// Makes a connected descriptor non-blocking and shakes hands on it within the deadline of its line.
/// `host`: as a client, what the certificate must be for, unless `pinned` names its fingerprint.
Handshake shakeHands(SSL_CTX *context, int descriptor, Line &line, bool isServer, const std::string &host = {},
                     const std::string &pinned = {});

}  // namespace cdcmtk

/// Certificates, key and rules of one side. Immutable; each session keeps what it needs of it alive.
struct cdcmtk_tls {
    cdcmtk::OwnedContext context;
    bool isServer = false;
};
