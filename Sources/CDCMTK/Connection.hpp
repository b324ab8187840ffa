// The TCP connection below an association: read-ahead, deadlines, and the way a socket gets into DCMTK.
#pragma once

#include "TLS.hpp"

#include "dcmtk/dcmnet/dcmlayer.h"
#include "dcmtk/dcmnet/dcmtrans.h"

#include <array>
#include <mutex>
#include <utility>
#include <vector>

namespace cdcmtk {

/// Why a connection gave no more bytes.
enum class Fault { none, closed, idle, stalled, stopped };

/// Time limits of one connection, and what is known of it. Outlives DCMTK's connection object, which DCMTK deletes
/// whenever it likes.
class Line {
public:
    /// `stopDescriptor` becomes readable when the listener stops; -1: none.
    Line(double idleSeconds, double stallSeconds, int stopDescriptor)
        : idle_(seconds(idleSeconds)), stall_(seconds(stallSeconds)), stopDescriptor_(stopDescriptor) {}

    /// Everything up to the next call of `awaitMessage` must be over by this time.
    void open(Clock::time_point deadline);
    /// The next byte may take the idle timeout; from it on the stall timeout counts.
    void awaitMessage();
    /// A message is under way: the stall timeout counts.
    void inMessage();

    /// The same for a farewell: what the peer gets to close its end.
    void beginFarewell() { open(Clock::now() + farewell); }
    Clock::time_point deadline() const;

    /// Waits until the socket can be read or written within the limits; false sets `fault`.
    bool awaitReadable(int descriptor);
    bool awaitReadable();
    bool awaitWritable(int descriptor);
    void received(const void *bytes, size_t count);
    void lost() { if (fault_ == Fault::none) fault_ = Fault::closed; }

    Fault fault() const { return fault_; }
    /// A wait in vain was no fault after all.
    void forgive() { fault_ = Fault::none; }
    /// The AE titles in the first bytes that the peer sent, the head of its A-ASSOCIATE-RQ (PS3.8 9.3.2).
    const uint8_t *calledAETitle() const { return head_.data() + 10; }
    const uint8_t *callingAETitle() const { return head_.data() + 26; }

    /// Makes every read and write fail from another thread. The descriptor is closed by its connection only.
    void cut();
    void attach(int descriptor);
    void detachAndClose();

private:
    enum class Phase { opening, idle, message };

    const Clock::duration idle_, stall_;
    const int stopDescriptor_;
    Phase phase_ = Phase::opening;
    Clock::time_point openingEnds_ = Clock::time_point::max(), phaseBegan_ = Clock::now();
    size_t windowBytes_ = 0, headBytes_ = 0;
    std::array<uint8_t, 42> head_{};
    Fault fault_ = Fault::none;
    std::mutex lock_;  // guards writing descriptor_, and using it in `cut`; its owner's thread reads it freely
    int descriptor_ = -1;
    bool cut_ = false;
};

/// DCMTK's view of one TCP connection.
class Connection final : public DcmTransportConnection {
public:
    /// Takes over the descriptor, and the TLS session on it, if there is one.
    Connection(int descriptor, Line &line, OwnedSSL session = {});
    ~Connection() override;

    ssize_t read(void *buffer, size_t count) override;
    ssize_t write(void *buffer, size_t count) override;
    OFBool networkDataAvailable(int timeoutSeconds) override;
    void close() override;
    void closeTransportConnection() override;

    OFCondition serverSideHandshake() override { return EC_Normal; }
    OFCondition clientSideHandshake() override { return EC_Normal; }
    OFCondition renegotiate(const char *) override { return EC_Normal; }
    unsigned long getPeerCertificateLength() override { return 0; }
    unsigned long getPeerCertificate(void *, unsigned long) override { return 0; }
    OFBool isTransparentConnection() override { return session_ ? OFFalse : OFTrue; }
    OFString &dumpConnectionParameters(OFString &text) override { return text = session_ ? "TLS" : "TCP"; }

private:
    ssize_t receive(void *buffer, size_t capacity);
    /// What one try of a read or write came to.
    struct Step {
        ssize_t count;  // 0: closed (reading); -1: see below
        bool mustRead, mustWrite;  // the descriptor is not ready
    };
    Step readOnce(void *buffer, size_t capacity);
    Step writeOnce(const void *bytes, size_t count, int flags);
    ssize_t writeAll(const uint8_t *bytes, size_t count, int flags);
    void tellAbort();

    Line &line_;
    OwnedSSL session_;
    std::vector<uint8_t> corked_;  // the head of a PDV, which travels with what follows in one TLS record
    std::vector<uint8_t> ahead_;
    size_t aheadBegin_ = 0, aheadEnd_ = 0;
};

/// Makes our connection for the one socket of an association, and ends the hand-over of an accepted one.
class Layer final : public DcmTransportLayer {
public:
    explicit Layer(Line &line, OwnedSSL session = {}) : line_(line), session_(std::move(session)) {}
    DcmTransportConnection *createConnection(DcmNativeSocketType descriptor, OFBool secure) override;
    bool tookSocket() const { return tookSocket_; }

private:
    Line &line_;
    OwnedSSL session_;
    bool tookSocket_ = false;
};

/// DCMTK takes an accepted socket only through one variable of the process. The hand-over holds a lock from the moment
/// it is set until DCMTK, having read it, calls `Layer::createConnection`; so no slow peer can hold the lock.
class Handover {
public:
    explicit Handover(int descriptor);
    ~Handover();
    static void taken();
    /// Creates a network object that opens no listening socket of its own.
    static OFCondition createNetwork(int acseTimeoutSeconds, T_ASC_Network **network);
};

}  // namespace cdcmtk
