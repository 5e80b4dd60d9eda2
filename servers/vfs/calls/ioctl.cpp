// ioctl: what holds for every file is answered here, the rest by the kind of file.
#include "servers/vfs/calls/calls.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/file/ioctl_code.hpp"
#include "servers/vfs/file/operations.hpp"

namespace axo::vfs {
namespace {

Outcome set_nonblocking(Call &call, OpenFile &file) {
    std::uint32_t on = 0;
    TRY(copy_in(call, call.address(2), &on, sizeof on));
    file.flags = on != 0 ? file.flags | abi::open_nonblock : file.flags & ~abi::open_nonblock;
    return 0;
}

}  // namespace

Outcome call_ioctl(Vfs &vfs, Call &call) {
    OpenFile *file = TRY(working_file_of(call, call.argument(0)));
    const auto descriptor = static_cast<std::uint32_t>(call.argument(0));
    const auto code = static_cast<std::uint32_t>(call.argument(1));
    switch (code) {
        case ioctl_code::set_close_exec: call.descriptors()->set_close_exec(descriptor, true); return 0;
        case ioctl_code::clear_close_exec: call.descriptors()->set_close_exec(descriptor, false); return 0;
        case ioctl_code::set_nonblock: return set_nonblocking(call, *file);
        default: return operations_of(*file).ioctl(vfs, call, *file, code);
    }
}

}  // namespace axo::vfs
