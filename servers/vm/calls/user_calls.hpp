// The Linux calls that the route table sends to VM, by number.
#pragma once

#include <utility>

#include "lib/sef/reply.hpp"
#include "servers/vm/context.hpp"

namespace axo::vm {

class UserCalls {
public:
    explicit UserCalls(Context &context) : context_(context) {}
    void serve(sef::UserCall call);

private:
    using Value = Result<std::uint64_t>;
    /// A page-aligned range of a user's address space.
    struct Range {
        std::uint64_t start, end;
    };
    struct Mapping {  // mmap's arguments, checked
        std::uint64_t address, bytes;
        std::uint8_t protection;
        std::uint64_t flags;
        std::uint64_t offset;
    };

    /// start must be page aligned; bytes are rounded up. Errors: `bad` when it leaves the user's part.
    static Result<Range> range(std::uint64_t start, std::uint64_t bytes, Error bad);

    void mmap(sef::UserCall call);
    sef::Task mmap_file(sef::UserCall call, Mapping mapping);
    static Result<Mapping> check_mapping(const sef::UserCall &call);
    Value map_anonymous(Space &space, const Mapping &mapping);
    Value place(Space &space, const Mapping &mapping);
    Value put(Space &space, Region region, const Mapping &mapping);
    Value mprotect(Space &space, const sef::UserCall &call);
    Value munmap(Space &space, const sef::UserCall &call);
    Value brk(Space &space, const sef::UserCall &call);
    Value mremap(Space &space, const sef::UserCall &call);
    Value move_mapping(Space &space, Range old, std::uint64_t bytes, Result<std::uint64_t> to);
    Value msync(Space &space, const sef::UserCall &call);
    Value madvise(Space &space, const sef::UserCall &call);
    sef::Task mincore(sef::UserCall call);

    Context &context_;
};

}  // namespace axo::vm
