// The plain C door to DCMTK: associations in both directions, frames, SR trees.
//
// No exception leaves these functions, nothing is logged, and the data sets of peers are never parsed here: their bytes
// are handed out as they lie in the P-DATA-TF PDUs (PS3.8 9.3.5).
#ifndef CDCMTK_H
#define CDCMTK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Prepares what DCMTK keeps per process: dictionary, codecs, silence, no Nagle delay, no host name look-up, no SIGPIPE.
/// Every other function calls it first; a sandboxed process calls it before it locks itself in. Idempotent.
void cdcmtk_initialize(void);

// ---------------------------------------------------------------- transport layer security

typedef struct cdcmtk_tls cdcmtk_tls;

/// Everything in PEM. Empty: not there.
typedef struct {
    const uint8_t *certificate;  // our own first, then those that vouch for it
    size_t certificate_count;
    const uint8_t *private_key;  // of our own certificate, without passphrase
    size_t private_key_count;
    const uint8_t *authorities;  // who vouches for peers; without them peers are known by fingerprint alone
    size_t authorities_count;
    const uint8_t *revocations;  // their lists of revoked certificates
    size_t revocations_count;
    bool is_server;
    bool wants_peer_certificate;  // as a server: no association without one
} cdcmtk_tls_material;

/// Why there is no secured connection.
enum {
    CDCMTK_TLS_PROTOCOL = 1,         // no common version or suite, or no TLS at all
    CDCMTK_TLS_NO_CERTIFICATE = 2,
    CDCMTK_TLS_NOT_TRUSTED = 3,
    CDCMTK_TLS_EXPIRED = 4,          // or not valid yet
    CDCMTK_TLS_REVOKED = 5,
    CDCMTK_TLS_WRONG_NAME = 6,
    CDCMTK_TLS_WRONG_FINGERPRINT = 7,
    CDCMTK_TLS_TIMEOUT = 8,
    CDCMTK_TLS_LOST = 9,
    CDCMTK_TLS_REFUSED_BY_PEER = 10,
    CDCMTK_TLS_OWN_CERTIFICATE = 11,  // certificate or key cannot be read, or are no pair
    CDCMTK_TLS_AUTHORITIES = 12       // authorities or revocations cannot be read
};

/// Returns NULL, and why.
cdcmtk_tls *cdcmtk_tls_new(const cdcmtk_tls_material *material, int32_t *why);
void cdcmtk_tls_free(cdcmtk_tls *tls);

typedef struct {
    int64_t not_before, not_after;  // seconds since 1970
    char fingerprint[65];           // SHA-256, lower-case hexadecimal
} cdcmtk_certificate;

/// Reads the first certificate of a PEM text; false if there is none.
bool cdcmtk_certificate_read(const uint8_t *bytes, size_t count, cdcmtk_certificate *facts);

// ---------------------------------------------------------------- associations that others open

typedef struct cdcmtk_listener cdcmtk_listener;
typedef struct cdcmtk_verdict cdcmtk_verdict;

typedef struct {
    const char *bind_address;            // numeric, IPv4 or IPv6
    uint16_t port;                       // 0: any free one
    uint32_t max_pdu_bytes;              // 4096 ... 131072
    uint32_t max_associations;           // beyond: rejected, local limit exceeded
    uint32_t max_associations_per_address;
    uint32_t max_half_open_per_address;  // connections that have not yet sent their A-ASSOCIATE-RQ
    double acse_timeout_seconds;         // from accept() to the whole A-ASSOCIATE-RQ
    double idle_timeout_seconds;         // between two messages
    double stall_timeout_seconds;        // within a message
} cdcmtk_listener_configuration;

typedef struct {
    uint64_t number;                  // unique within this process
    const uint8_t *calling_ae_title;  // 16 bytes as sent
    const uint8_t *called_ae_title;   // 16 bytes as sent
    const char *peer_address;         // numeric
    bool is_secure;                   // over TLS
    const char *fingerprint;          // SHA-256 of the peer's certificate, hexadecimal; empty: it showed none
} cdcmtk_association;

typedef struct {
    const char *sop_class_uid;     // as sent, padding stripped
    const char *sop_instance_uid;  // as sent, trailing NUL stripped; may not conform
    const char *transfer_syntax_uid;
    uint16_t message_id;
} cdcmtk_store;

typedef struct {
    uint16_t status;
    char error_comment[65];  // NUL-terminated; empty: none
} cdcmtk_answer;

/// An N-ACTION or N-EVENT-REPORT.
typedef struct {
    uint16_t field;  // 0x0100 event, 0x0130 action
    const char *sop_class_uid;
    const char *sop_instance_uid;
    const char *transfer_syntax_uid;
    uint16_t type_id;
    const uint8_t *bytes;  // the encoded data set; may be empty
    size_t count;
} cdcmtk_normalized;

/// How an association came to its end.
enum {
    CDCMTK_END_RELEASED = 0,
    CDCMTK_END_ABORTED_BY_PEER = 1,
    CDCMTK_END_CONNECTION_LOST = 2,
    CDCMTK_END_IDLE = 3,
    CDCMTK_END_STALLED = 4,
    CDCMTK_END_PROTOCOL_ERROR = 5,
    CDCMTK_END_STOPPED = 6,
    CDCMTK_END_INTERNAL_ERROR = 7
};

/// What the owner of a listener does. Each association is served on one thread, and so are its callbacks.
typedef struct {
    void *context;
    /// Fills the verdict; returns the owner's handle of this association (kept only if the verdict accepts).
    void *(*admit)(void *context, const cdcmtk_association *association, cdcmtk_verdict *verdict);
    /// Every presentation context of an admitted association was refused: nothing can be sent on it.
    void (*no_context)(void *association);
    /// Returns the receiver of one C-STORE; exactly one of `finish` and `cancel` takes it back.
    void *(*begin_store)(void *association, const cdcmtk_store *store);
    void (*receive)(void *receiver, const void *bytes, size_t count);
    void (*finish)(void *receiver, cdcmtk_answer *answer);
    void (*cancel)(void *receiver);
    /// Answers an N-ACTION or N-EVENT-REPORT with a status.
    uint16_t (*normalized)(void *association, const cdcmtk_normalized *request);
    /// A peer and we could not agree on a secured connection (CDCMTK_TLS_…).
    void (*handshake_failed)(void *context, const char *peer_address, int32_t why);
    /// Takes the association's handle back.
    void (*ended)(void *association, int32_t how);
} cdcmtk_handler;

/// Adds one transfer syntax to what is accepted for an abstract syntax; the first added is preferred.
void cdcmtk_verdict_accept(cdcmtk_verdict *verdict, const char *abstract_syntax, const char *transfer_syntax);
/// Lets the peer take the SCP role for this abstract syntax, if it asks for it.
void cdcmtk_verdict_accept_reversed(cdcmtk_verdict *verdict, const char *abstract_syntax);
/// Rejects the association (PS3.8 Table 9-21).
void cdcmtk_verdict_reject(cdcmtk_verdict *verdict, uint8_t result, uint8_t source, uint8_t reason);

/// Starts to listen. Returns 0, or the `errno` of the failing step; `port` receives the real port.
int32_t cdcmtk_listener_start(const cdcmtk_listener_configuration *configuration, const cdcmtk_handler *handler,
                              const cdcmtk_tls *tls, cdcmtk_listener **listener, uint16_t *port);
/// Associations that begin from now on use these certificates; only for a listener that began with some.
void cdcmtk_listener_secure(cdcmtk_listener *listener, const cdcmtk_tls *tls);
/// Closes the door, lets messages in progress end within the grace, cuts the rest, waits for all, frees the listener.
void cdcmtk_listener_stop(cdcmtk_listener *listener, double grace_seconds);

// ---------------------------------------------------------------- associations that we open

typedef struct {
    const char *host;  // name, IPv4 or IPv6 address
    uint16_t port;
    const char *called_ae_title;
    const char *calling_ae_title;
    uint32_t max_pdu_bytes;
    double connect_timeout_seconds;  // also for the TLS handshake
    double acse_timeout_seconds;
    double dimse_timeout_seconds;
    const cdcmtk_tls *tls;     // NULL: plain TCP; used until `cdcmtk_request_connect` returns
    const char *fingerprint;   // of the certificate that the peer must show; empty: any that is vouched for
} cdcmtk_peer;

typedef struct {
    const char *sop_class_uid;
    const char *sop_instance_uid;
    const char *transfer_syntax_uid;
    const uint8_t *bytes;  // the encoded data set
    size_t count;
} cdcmtk_object;

/// Why an association could not be had, or broke.
enum {
    CDCMTK_OK = 0,
    CDCMTK_FAILED_CONNECT = 1,
    CDCMTK_FAILED_TIMEOUT = 2,
    CDCMTK_FAILED_REJECTED = 3,
    CDCMTK_FAILED_ABORTED = 4,
    CDCMTK_FAILED_LOST = 5,
    CDCMTK_FAILED_PROTOCOL = 6,
    CDCMTK_FAILED_NO_CONTEXT = 7,
    CDCMTK_FAILED_ARGUMENT = 8,
    CDCMTK_FAILED_INTERNAL = 9,
    CDCMTK_FAILED_TLS = 10,
    CDCMTK_FAILED_TOO_MUCH = 11  // more or longer answers than asked for
};

typedef struct {
    int32_t kind;  // CDCMTK_FAILED_…
    uint8_t result, source, reason;  // of an A-ASSOCIATE-RJ
    int32_t tls;                     // CDCMTK_TLS_…
} cdcmtk_failure;

enum { CDCMTK_OUTCOME_ANSWERED = 0, CDCMTK_OUTCOME_NOT_ACCEPTED = 1, CDCMTK_OUTCOME_NOT_SENT = 2 };

typedef struct {
    int32_t kind;            // CDCMTK_OUTCOME_…
    uint16_t status;         // answered
    char error_comment[65];  // answered; NUL-terminated, as sent
    uint8_t context_result;  // not accepted: 1 user, 2 no reason, 3 abstract syntax, 4 transfer syntaxes (PS3.8 Table 9-18)
    int32_t why;             // not sent: CDCMTK_FAILED_…
} cdcmtk_outcome;

typedef struct cdcmtk_request cdcmtk_request;

/// An association to be; NULL when there is no memory. `cdcmtk_request_close` takes it back.
cdcmtk_request *cdcmtk_request_new(const cdcmtk_peer *peer);
/// Proposes one presentation context; repeated pairs are one. False beyond 128 contexts.
bool cdcmtk_request_propose(cdcmtk_request *request, const char *abstract_syntax, const char *transfer_syntax);
/// Asks for the SCP role on an abstract syntax instead of the SCU role (PS3.7 D.3.3.4).
bool cdcmtk_request_reverse(cdcmtk_request *request, const char *abstract_syntax);
/// What became of a proposed context: 0 accepted, 1…4 refused (PS3.8 Table 9-18), 255 never proposed.
uint8_t cdcmtk_request_context(const cdcmtk_request *request, const char *abstract_syntax, const char *transfer_syntax);
/// Connects and negotiates.
cdcmtk_failure cdcmtk_request_connect(cdcmtk_request *request);
/// Asks C-ECHO on any context of the Verification SOP class. `status` receives the answer.
cdcmtk_failure cdcmtk_request_echo(cdcmtk_request *request, uint16_t *status);
/// Sends one object by C-STORE, its bytes untouched, and waits for the answer. After a broken association every further
/// object is "not sent" for the same reason.
cdcmtk_outcome cdcmtk_request_store(cdcmtk_request *request, const cdcmtk_object *object);
/// Asks C-FIND with the identifier in `query` (its instance UID is not used). Hands out the answers' identifiers as they
/// come; beyond `max_answers` or `max_bytes` in all the association is aborted. `status` receives the final answer.
cdcmtk_failure cdcmtk_request_find(cdcmtk_request *request, const cdcmtk_object *query, uint32_t max_answers,
                                   size_t max_bytes, void *context,
                                   void (*answer)(void *context, const uint8_t *bytes, size_t count),
                                   uint16_t *status);
/// Sends an N-ACTION or N-EVENT-REPORT and waits for the answer.
cdcmtk_failure cdcmtk_request_normalized(cdcmtk_request *request, const cdcmtk_normalized *message, uint16_t *status);
/// Waits for one N-EVENT-REPORT of the peer on this association; the callback gives the status to answer with.
cdcmtk_failure cdcmtk_request_await_event(cdcmtk_request *request, double seconds, void *context,
                                          uint16_t (*answer)(void *context, const cdcmtk_normalized *event));
/// Releases (or, after trouble, aborts) the association and frees everything.
void cdcmtk_request_close(cdcmtk_request *request);

// ---------------------------------------------------------------- frames and documents

typedef struct {
    uint16_t rows, columns, samples_per_pixel, bits_allocated, bits_stored, high_bit;
    bool is_signed;
    const char *photometric_interpretation;
} cdcmtk_geometry;

/// Decodes one frame, whose fragments are given in order, into native little-endian samples, colour by pixel.
/// Returns 0; 1 for a transfer syntax without codec; 2 when the codec fails; 3 for what cannot be.
int32_t cdcmtk_decode_frame(const cdcmtk_geometry *geometry, const char *transfer_syntax_uid,
                            const uint8_t *const *fragments, const size_t *counts, size_t fragment_count,
                            uint8_t *samples, size_t sample_byte_count);

/// Reads an SR document, explicit VR little endian without file meta. Writes a reason without patient data into
/// `reason`; returns true when the document tree is valid.
bool cdcmtk_check_structured_report(const uint8_t *bytes, size_t count, char *reason, size_t reason_capacity);

#ifdef __cplusplus
}
#endif
#endif
