// pipe, pipe2.
#include "servers/vfs/calls/calls.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/pipe/pipe_io.hpp"

namespace axo::vfs {
namespace {

/// One end, attached to the vnode's pipe.
Result<Ref<OpenFile>> make_end(Vfs &vfs, const Ref<Vnode> &vnode, std::uint32_t flags, const Credentials &who) {
    Ref<OpenFile> file = TRY(vfs.state.files.open(Path{{}, vnode}, FileKind::regular, flags));
    TRY(attach_pipe(vfs, *file, who));
    return file;
}

Outcome make_pipe(Vfs &vfs, Call &call, std::uint32_t flags) {
    const std::uint32_t kept = flags & (abi::open_nonblock | abi::open_direct);
    const bool close_exec = (flags & abi::open_close_exec) != 0;
    const Credentials &who = call.credentials();
    const Ref<Vnode> vnode = TRY(vfs.state.vnodes.make_anonymous(abi::mode_fifo | 0600, who.uid, who.gid));
    Ref<OpenFile> reader = TRY(make_end(vfs, vnode, abi::open_read_only | kept, who));
    Ref<OpenFile> writer = TRY(make_end(vfs, vnode, abi::open_write_only | kept, who));

    std::uint32_t pair[2];
    DescriptorTable &table = *call.descriptors();
    pair[0] = TRY(table.install(std::move(reader), close_exec));
    const Result<std::uint32_t> second = table.install(std::move(writer), close_exec);
    if (!second) {
        static_cast<void>(table.take(pair[0]));
        return second.error();
    }
    pair[1] = *second;
    if (const Status copied = copy_out(call, call.address(0), pair, sizeof pair); !copied) {
        static_cast<void>(table.take(pair[0]));
        static_cast<void>(table.take(pair[1]));
        return copied.error();
    }
    return 0;
}

}  // namespace

Outcome call_pipe(Vfs &vfs, Call &call) { return make_pipe(vfs, call, 0); }

Outcome call_pipe2(Vfs &vfs, Call &call) {
    const auto flags = static_cast<std::uint32_t>(call.argument(1));
    if ((flags & ~(abi::open_nonblock | abi::open_close_exec | abi::open_direct)) != 0) return Error::invalid;
    return make_pipe(vfs, call, flags);
}

}  // namespace axo::vfs
