// From the number of a Linux call to its function.
#include "servers/vm/calls/user_calls.hpp"

#include "axo/layout.hpp"

namespace axo::vm {

namespace {
enum Number : unsigned {
    nr_mmap = 9,
    nr_mprotect = 10,
    nr_munmap = 11,
    nr_brk = 12,
    nr_mremap = 25,
    nr_msync = 26,
    nr_mincore = 27,
    nr_madvise = 28
};
}

void UserCalls::serve(sef::UserCall call) {
    Space *space = context_.processes.space_of(call.process());
    if (space == nullptr) return call.fail(Error::no_memory);
    switch (call.number()) {
        case nr_mmap: return mmap(std::move(call));
        case nr_mprotect: return call.result(mprotect(*space, call));
        case nr_munmap: return call.result(munmap(*space, call));
        case nr_brk: return call.result(brk(*space, call));
        case nr_mremap: return call.result(mremap(*space, call));
        case nr_msync: return call.result(msync(*space, call));
        case nr_mincore: (void)mincore(std::move(call)); return;
        case nr_madvise: return call.result(madvise(*space, call));
        default: return call.fail(Error::no_syscall);
    }
}

Result<UserCalls::Range> UserCalls::range(std::uint64_t start, std::uint64_t bytes, Error bad) {
    if (start % page_size != 0) return Error::invalid;
    if (start >= layout::mapping_end || bytes > layout::mapping_end - start) return bad;
    const std::uint64_t end = (start + bytes + page_size - 1) & ~(page_size - 1);
    if (end > layout::mapping_end) return bad;
    return Range{start, end};
}

}  // namespace axo::vm
