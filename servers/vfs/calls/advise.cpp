// fadvise64: what a program says it will do with a file. All of it is advice, and nearly all is left unused.
#include "servers/vfs/calls/calls.hpp"
#include "servers/vfs/file/operations.hpp"

namespace axo::vfs {
namespace {

enum class Advice : std::uint32_t { normal, random, sequential, will_need, dont_need, no_reuse };

}  // namespace

/// What the file system and VM cache of the file stays, as it serves others too.
Outcome call_fadvise(Vfs &vfs, Call &call) {
    OpenFile *file = TRY(working_file_of(call, call.argument(0)));
    if (operations_of(*file).is_stream) return Error::illegal_seek;
    const auto bytes = static_cast<std::int64_t>(call.argument(2));
    const auto advice = static_cast<std::uint32_t>(call.argument(3));
    if (bytes < 0 || advice > static_cast<std::uint32_t>(Advice::no_reuse)) return Error::invalid;
    if (static_cast<Advice>(advice) == Advice::dont_need && file->vnode) vfs.state.vnodes.pieces().forget(*file->vnode);
    return 0;
}

}  // namespace axo::vfs
