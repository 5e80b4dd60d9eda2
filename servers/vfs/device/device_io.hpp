// Requests to drivers on behalf of an open device file.
#pragma once

#include "servers/vfs/file/operations.hpp"

namespace axo::vfs {

/// Opens the device that file->vnode names (or the controlling terminal for /dev/tty) and fills in
/// kind and device. Errors: no_device_address (no driver), those of the driver, io.
sef::Async<Status> open_device(Vfs &vfs, Ref<Call> call, Ref<OpenFile> file);

/// ioctl of a device: VFS hands code, argument and its memory on. Errors: io (driver gone), those of the driver.
Outcome ioctl_device(Vfs &vfs, Call &call, OpenFile &file, std::uint32_t code);

/// Its leader has ended: the session has no terminal any more, and the terminal hangs up its foreground.
void give_up_terminal(Vfs &vfs, Session &session);

/// The last descriptor was closed.
void close_device(Vfs &vfs, OpenFile &file);

/// The driver reported, or another one serves the device: every call that waits for it tries again.
void device_changed(Vfs &vfs, Device &device);
/// This incarnation of its driver is gone: whoever has the device open gets EIO from now on.
void incarnation_ended(Vfs &vfs, Device &device);

/// Tells the driver that the process' request is to be answered at once.
void cancel_driver_request(Call &call);

/// What a user program sees of a failed driver request.
Error error_for_user(const Call &call, Error error);

/// sef::request that a signal to the call cancels. The driver answers after a bounded time, so it has no deadline: one
/// that does not is hung, and RS' to end.
template <Request R>
class DriverRequest {
public:
    DriverRequest(Call &call, Endpoint driver, const R &request) : call_(&call), driver_(driver) {
        ::new (storage_) sef::PendingRequest(driver, request);
    }

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) noexcept {
        pending().send(sef::no_deadline, handle);
        call_->driver = driver_;
        call_->driver_tag = pending().tag();
        if (call_->cancelled) cancel_driver_request(*call_);
    }
    Result<typename R::Reply> await_resume() noexcept {
        const auto reply = decode_reply<typename R::Reply>(pending().reply());
        pending().~PendingRequest();
        call_->driver = endpoint::none;
        return reply;
    }

private:
    sef::PendingRequest &pending() { return *std::launder(reinterpret_cast<sef::PendingRequest *>(storage_)); }

    Call *call_;
    Endpoint driver_;
    alignas(sef::PendingRequest) std::byte storage_[sizeof(sef::PendingRequest)];
};

}  // namespace axo::vfs
