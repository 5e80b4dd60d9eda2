// ioctl of devices: what memory a code's argument names, and what VFS notes of terminals.
#include "lib/sys/grants.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/device/background.hpp"
#include "servers/vfs/device/device_io.hpp"
#include "servers/vfs/file/ioctl_code.hpp"

namespace axo::vfs {
namespace {

/// How much memory the pointer argument of a request names, for those older than the size field.
struct KnownSize {
    std::uint32_t code, bytes;
};
constexpr KnownSize known_sizes[] = {
    {0x5401, 36},
    {0x5402, 36},
    {0x5403, 36},
    {0x5404, 36},  // TCGETS, TCSETS, TCSETSW, TCSETSF
    {0x5405, 18},
    {0x5406, 18},
    {0x5407, 18},
    {0x5408, 18},  // the same with struct termio
    {ioctl_code::get_group, 4},
    {ioctl_code::set_group, 4},
    {0x5411, 4},  // TIOCOUTQ
    {0x5413, 8},
    {0x5414, 8},  // TIOCGWINSZ, TIOCSWINSZ
    {0x5412, 1},  // TIOCSTI
    {0x5415, 4},
    {0x5416, 4},
    {0x5417, 4},
    {0x5418, 4},  // TIOCMGET, MBIS, MBIC, MSET
    {0x5419, 4},
    {0x541a, 4},
    {ioctl_code::input_bytes, 4},
    {ioctl_code::get_session, 4},
    {ioctl_code::geometry, 16},
    {ioctl_code::block_sectors, 8},
    {ioctl_code::sector_size, 4},
};

/// Requests that carry a number, or nothing, instead of a pointer.
constexpr std::uint32_t without_pointer[] = {
    0x5409, 0x540a, 0x540b, 0x540c, 0x540d, ioctl_code::set_terminal, ioctl_code::leave_terminal, 0x5425};

std::uint32_t argument_bytes(std::uint32_t code) {
    for (const KnownSize &known : known_sizes) {
        if (known.code == code) return known.bytes;
    }
    for (const std::uint32_t none : without_pointer) {
        if (none == code) return 0;
    }
    return code >> 16 & 0x3fff;  // _IOC_SIZE
}

/// To an orphaned group in the background.
Error refused(std::uint32_t code) { return code == ioctl_code::set_group ? Error::not_tty : Error::io; }

void note_terminal(Call &call, const OpenFile &file, std::uint32_t code) {
    Session *session = call.process->session.get();
    if (session == nullptr) return;
    if (code == ioctl_code::set_terminal) {
        session->has_terminal = true;
        session->major = file.device->major;
        session->minor = file.device->minor;
    } else if (code == ioctl_code::leave_terminal && call.process->session_leader) {
        session->has_terminal = false;
    }
}

sef::Async<Outcome> ask_driver(Ref<Call> call, Ref<OpenFile> file, std::uint32_t code, std::uint64_t value) {
    if (file->device->stale) co_return Error::io;
    const Terminal terminal = terminal_of(*call);
    device::Ioctl request{file->device->minor,  code,           value,           invalid_grant,
                          argument_bytes(code), terminal.group, terminal.session};
    sys::Grant argument;
    if (request.argument_bytes != 0) {
        auto grant = sys::Grant::magic(file->device->driver, call->endpoint(), VirtAddr{value}, request.argument_bytes,
                                       sys::Access::read_write);
        if (!grant) co_return Error::no_memory;
        argument = std::move(*grant);
        request.argument = argument.id();
    }
    for (;;) {
        DriverRequest<device::Ioctl> asking(*call, file->device->driver, request);
        const auto answer = co_await asking;
        if (is_error(answer, Error::background) && request.group != 0) {
            auto deciding = from_background(call, stop_signal::output);
            const Status decided = co_await deciding;
            if (!decided) co_return is_error(decided, Error::io) ? refused(code) : decided.error();
            request.group = 0;
            continue;
        }
        if (!answer) co_return error_for_user(*call, answer.error());
        note_terminal(*call, *file, code);
        co_return answer->value;
    }
}

/// The argument may be read-only memory when the driver only reads it.
Status prepare_argument(Call &call, VirtAddr address, std::uint32_t bytes) {
    const Status writable = prepare_buffer(call, address, bytes, sys::RangeAccess::write);
    if (writable || writable.error() != Error::fault) return writable;
    return prepare_buffer(call, address, bytes, sys::RangeAccess::read);
}

}  // namespace

Outcome ioctl_device(Vfs &vfs, Call &call, OpenFile &file, std::uint32_t code) {
    TRY(prepare_argument(call, call.address(2), argument_bytes(code)));
    return vfs.drive(call, ask_driver(Ref<Call>(&call), Ref<OpenFile>(&file), code, call.argument(2)));
}

}  // namespace axo::vfs
