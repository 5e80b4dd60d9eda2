// Transfers by grant: a grant per segment, one for the vector, all gone when the answer is there.
#include "servers/ext2/device.hpp"

#include "lib/sys/clock.hpp"
#include "lib/sys/ds.hpp"
#include "lib/sys/grants.hpp"
#include "lib/sys/log.hpp"

namespace axo::ext2 {

namespace {

constexpr Nanoseconds transfer_deadline = seconds(30);
constexpr Nanoseconds successor_deadline = seconds(30);
constexpr unsigned most_deaths = 2;  // of drivers during one transfer

Result<Endpoint> find_driver(const Label &label) {
    if (label == std::string_view("memory")) return endpoint::memory;
    const auto driver = sys::ds::endpoint_of(label);
    if (!driver) return Error::no_device;
    return *driver;
}

/// The grants of one transfer. Lies in the coroutine's frame and goes with it.
class TransferGrants {
public:
    TransferGrants() = default;
    TransferGrants(const TransferGrants &) = delete;
    TransferGrants &operator=(const TransferGrants &) = delete;
    ~TransferGrants() {
        for (std::size_t i = 0; i < count_; ++i) sys::grants().revoke(elements_[i].buffer);
        if (vector_ != invalid_grant) sys::grants().revoke(vector_);
    }

    Status give(Endpoint driver, Direction direction, std::span<const fs::Segment> segments) {
        const auto access = direction == Direction::to_device ? sys::Access::read : sys::Access::write;
        for (const fs::Segment &segment : segments) {
            const GrantId buffer = TRY(sys::grants().direct(driver, segment.address, segment.bytes, access));
            elements_[count_++] = {buffer, static_cast<std::uint32_t>(segment.bytes)};
        }
        vector_ = TRY(sys::grants().direct(driver, elements_, count_ * sizeof elements_[0], sys::Access::read));
        return {};
    }
    GrantId vector() const { return vector_; }
    std::uint32_t count() const { return static_cast<std::uint32_t>(count_); }

private:
    device::TransferElement elements_[Device::max_elements];
    std::size_t count_ = 0;
    GrantId vector_ = invalid_grant;
};

bool driver_is_gone(Error error) { return error == Error::dead_peer || error == Error::service_restarted; }

}  // namespace

sef::Async<Status> Device::open(Label label, std::uint32_t minor, bool read_only) {
    const Result<Endpoint> driver = find_driver(label);
    if (!driver) co_return driver.error();
    device::Open open{};
    open.minor = minor;
    open.flags = device::open_flag::read | (read_only ? 0 : device::open_flag::write);
    CO_TRY(opened, sef::request(*driver, open));
    driver_ = *driver;
    minor_ = opened.minor;
    bytes_ = opened.size;
    co_return Status{};
}

sef::Async<Status> Device::reopen(bool read_only) {
    const Endpoint driver = driver_;
    device::Open open{};
    open.minor = minor_;
    open.flags = device::open_flag::read | (read_only ? 0 : device::open_flag::write);
    CO_TRY_VOID(sef::request(driver, open));
    const device::Close closing{minor_, 0};
    static_cast<void>(co_await sef::request(driver, closing));
    co_return Status{};
}

sef::Async<Status> Device::close() {
    const Endpoint driver = std::exchange(driver_, endpoint::none);
    device::Close close{};
    close.minor = minor_;
    CO_TRY_VOID(sef::request(driver, close));
    co_return Status{};
}

void Device::set_driver(Endpoint driver) {
    driver_ = driver;
    changed_.signal_all();
}

sef::Async<Status> Device::wait_for_successor(Endpoint dead) {
    const Nanoseconds give_up = sys::now() + successor_deadline;
    sef::Timer deadline;
    deadline.set_callback(bind<&Device::on_deadline>(*this));
    deadline.set_at(give_up);
    while (driver_ == dead) {
        if (sys::now() >= give_up) co_return Error::io;
        co_await changed_.wait();
    }
    co_return Status{};
}

sef::Async<Status> Device::transfer_once(Direction direction, std::uint64_t offset,
                                         std::span<const fs::Segment> segments) {
    TransferGrants grants;
    const Status given = grants.give(driver_, direction, segments);
    if (!given) co_return given;
    std::uint64_t bytes = 0;
    for (const fs::Segment &segment : segments) bytes += segment.bytes;
    device::Transfer transfer{};
    transfer.minor = minor_;
    transfer.write = direction == Direction::to_device ? 1 : 0;
    transfer.offset = offset;
    transfer.vector = grants.vector();
    transfer.count = grants.count();
    CO_TRY(done, sef::request(driver_, transfer, transfer_deadline));
    if (done.bytes != bytes) co_return Error::io;
    co_return Status{};
}

sef::Async<Status> Device::transfer(Direction direction, std::uint64_t offset, std::span<const fs::Segment> segments) {
    for (unsigned deaths = 0;; ++deaths) {
        const Endpoint driver = driver_;
        auto attempt = transfer_once(direction, offset, segments);
        const Status status = co_await attempt;
        if (status) co_return status;
        if (!driver_is_gone(status.error())) {
            sys::log("transfer of %zu segments at %lu failed: error %d", segments.size(),
                     static_cast<unsigned long>(offset), static_cast<int>(status.error()));
            co_return Error::io;
        }
        if (deaths == most_deaths) co_return Error::io;
        auto successor = wait_for_successor(driver);
        const Status found = co_await successor;
        if (!found) co_return found;
    }
}

}  // namespace axo::ext2
