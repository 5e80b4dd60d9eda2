// ioctl.
#include <algorithm>

#include "lib/sys/grants.hpp"
#include "servers/vfs/calls/calls.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/device/device_io.hpp"
#include "servers/vfs/pipe/pipe.hpp"

namespace axo::vfs {
namespace {

constexpr std::uint32_t set_terminal = 0x540e, get_group = 0x540f, set_group = 0x5410, input_bytes = 0x541b,
                        set_nonblock = 0x5421, leave_terminal = 0x5422, get_session = 0x5429, clear_close_exec = 0x5450,
                        set_close_exec = 0x5451, block_size64 = 0x80081272, block_sectors = 0x1260,
                        sector_size = 0x1268, geometry = 0x0301;

/// How much memory the pointer argument of a request names, for those older than the size field.
struct KnownSize {
    std::uint32_t code, bytes;
};
constexpr KnownSize known_sizes[] = {
    {0x5401, 36},   {0x5402, 36},       {0x5403, 36},     {0x5404, 36},  // TCGETS, TCSETS, TCSETSW, TCSETSF
    {0x5405, 18},   {0x5406, 18},       {0x5407, 18},     {0x5408, 18},  // the same with struct termio
    {get_group, 4}, {set_group, 4},     {0x5411, 4},                     // TIOCOUTQ
    {0x5413, 8},    {0x5414, 8},                                         // TIOCGWINSZ, TIOCSWINSZ
    {0x5412, 1},                                                         // TIOCSTI
    {0x5415, 4},    {0x5416, 4},        {0x5417, 4},      {0x5418, 4},   // TIOCMGET, MBIS, MBIC, MSET
    {0x5419, 4},    {0x541a, 4},        {input_bytes, 4}, {get_session, 4},
    {geometry, 16}, {block_sectors, 8}, {sector_size, 4},
};

/// Requests that carry a number, or nothing, instead of a pointer.
constexpr std::uint32_t without_pointer[] = {0x5409, 0x540a,       0x540b,         0x540c,
                                             0x540d, set_terminal, leave_terminal, 0x5425};

std::uint32_t argument_bytes(std::uint32_t code) {
    for (const KnownSize &known : known_sizes) {
        if (known.code == code) return known.bytes;
    }
    for (const std::uint32_t none : without_pointer) {
        if (none == code) return 0;
    }
    return code >> 16 & 0x3fff;  // _IOC_SIZE
}

bool concerns_session(std::uint32_t code) {
    static constexpr std::uint32_t codes[] = {0x5402,    0x5403,    0x5404,         set_terminal,
                                              get_group, set_group, leave_terminal, get_session};
    return std::ranges::find(codes, code) != std::end(codes);
}

void note_terminal(Call &call, const OpenFile &file, std::uint32_t code) {
    Session *session = call.process->session.get();
    if (session == nullptr) return;
    if (code == set_terminal) {
        session->has_terminal = true;
        session->major = file.major;
        session->minor = file.minor;
    } else if (code == leave_terminal && call.process->session_leader) {
        session->has_terminal = false;
    }
}

sef::Async<Outcome> ask_driver(Ref<Call> call, Ref<OpenFile> file, std::uint32_t code, std::uint64_t value) {
    if (file->stale) co_return Error::io;
    device::Ioctl request{file->minor, code, value, invalid_grant, argument_bytes(code), 0, 0};
    if (concerns_session(code)) {
        const pm::SessionOf question{call->endpoint()};
        const auto answer = co_await sef::request(endpoint::pm, question);
        if (!answer) co_return Error::io;
        request.group = answer->group;
        request.session = answer->session;
    }
    sys::Grant argument;
    if (request.argument_bytes != 0) {
        auto grant = sys::Grant::magic(file->driver, call->endpoint(), VirtAddr{value}, request.argument_bytes,
                                       sys::Access::read_write);
        if (!grant) co_return Error::no_memory;
        argument = std::move(*grant);
        request.argument = argument.id();
    }
    DriverRequest<device::Ioctl> asking(*call, file->driver, request);
    const auto answer = co_await asking;
    if (!answer) co_return error_for_user(*call, answer.error());
    note_terminal(*call, *file, code);
    co_return answer->value;
}

/// The argument may be read-only memory when the driver only reads it.
Status prepare_argument(Call &call, VirtAddr address, std::uint32_t bytes) {
    const Status writable = prepare_buffer(call, address, bytes, sys::RangeAccess::write);
    if (writable || writable.error() != Error::fault) return writable;
    return prepare_buffer(call, address, bytes, sys::RangeAccess::read);
}

Outcome put_number(Call &call, std::uint64_t number, std::size_t bytes) {
    TRY(copy_out(call, call.address(2), &number, bytes));
    return 0;
}

/// Requests that VFS knows the answer to. not_tty: it does not.
Outcome answer_here(Call &call, OpenFile &file, std::uint32_t code) {
    const auto descriptor = static_cast<std::uint32_t>(call.argument(0));
    switch (code) {
        case set_close_exec: call.descriptors()->set_close_exec(descriptor, true); return 0;
        case clear_close_exec: call.descriptors()->set_close_exec(descriptor, false); return 0;
        case set_nonblock: {
            std::uint32_t on = 0;
            TRY(copy_in(call, call.address(2), &on, sizeof on));
            file.flags = on != 0 ? file.flags | abi::open_nonblock : file.flags & ~abi::open_nonblock;
            return 0;
        }
        case input_bytes:
            if (file.kind == FileKind::pipe) return put_number(call, file.vnode->pipe->ring.used(), 4);
            if (file.kind != FileKind::regular) return Error::not_tty;
            return put_number(call, file.vnode->size > file.offset ? file.vnode->size - file.offset : 0, 4);
        case block_size64:
            return file.kind == FileKind::block ? put_number(call, file.vnode->size, 8) : Outcome(Error::not_tty);
        case block_sectors:
            return file.kind == FileKind::block ? put_number(call, file.vnode->size / 512, 8) : Outcome(Error::not_tty);
        case sector_size: return file.kind == FileKind::block ? put_number(call, 512, 4) : Outcome(Error::not_tty);
        default: return Error::not_tty;
    }
}

}  // namespace

Outcome call_ioctl(Vfs &vfs, Call &call) {
    OpenFile *file = TRY(file_of(call, call.argument(0)));
    const auto code = static_cast<std::uint32_t>(call.argument(1));
    if (file->kind == FileKind::path_only) return Error::bad_descriptor;
    const Outcome here = answer_here(call, *file, code);
    if (here || here.error() != Error::not_tty) return here;
    if (file->kind != FileKind::character && file->kind != FileKind::block) return Error::not_tty;
    TRY(prepare_argument(call, call.address(2), argument_bytes(code)));
    return vfs.drive(call, ask_driver(Ref<Call>(&call), Ref<OpenFile>(file), code, call.argument(2)));
}

}  // namespace axo::vfs
