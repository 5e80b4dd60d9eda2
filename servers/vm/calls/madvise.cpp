// madvise and mincore.
#include "lib/sys/kernel.hpp"
#include "servers/vm/calls/user_calls.hpp"

namespace axo::vm {

namespace {
enum Advice : std::uint64_t {
    normal = 0,
    random = 1,
    sequential = 2,
    will_need = 3,
    dont_need = 4,
    free_pages = 8,
    dont_dump = 16,
    do_dump = 17
};
constexpr std::uint64_t mincore_chunk = 256;
}  // namespace

Result<std::uint64_t> UserCalls::madvise(Space &space, const sef::UserCall &call) {
    const std::uint64_t advice = call.argument(2);
    const Range advised = TRY(range(call.argument(0), call.argument(1), Error::invalid));
    switch (advice) {
        case normal:
        case random:
        case sequential:
        case will_need:
        case dont_need:
        case free_pages:
        case dont_dump:
        case do_dump: break;
        default: return Error::invalid;
    }
    if (advised.start == advised.end) return 0ull;
    if (!space.regions.covers(advised.start, advised.end)) return Error::no_memory;
    if (advice != dont_need && advice != free_pages) return 0ull;
    if (advice == free_pages) {
        for (std::size_t i = space.regions.first_above(advised.start);
             i < space.regions.size() && space.regions[i].start < advised.end; ++i)
            if (space.regions[i].object != nullptr) return Error::invalid;
    }
    space.drop_pages(advised.start, advised.end);
    return 0ull;
}

/// One byte per page: 1 when a touch would not wait for anything.
sef::Task UserCalls::mincore(sef::UserCall call) {
    const Result<Range> asked = range(call.argument(0), call.argument(1), Error::no_memory);
    if (!asked) {
        call.fail(asked.error());
        co_return;
    }
    const Endpoint process = call.process();
    std::uint64_t out = call.argument(2);
    for (std::uint64_t at = asked->start; at < asked->end;) {
        const std::uint64_t left = (asked->end - at) >> page_shift, count = left < mincore_chunk ? left : mincore_chunk;
        auto writable = context_.make_present(process, out, count, Access{.write = true, .execute = false});
        Status status = co_await writable;
        Space *space = context_.processes.space_of(process);
        if (status && space == nullptr) status = Error::no_process;
        if (status && !space->regions.covers(at, at + (count << page_shift))) status = Error::no_memory;
        std::uint8_t present[mincore_chunk];
        for (std::uint64_t i = 0; status && i < count; ++i, at += page_size)
            present[i] = space->pages.find(at >> page_shift) != 0 ? 1 : 0;
        if (status) status = sys::copy_to_process(process, VirtAddr{out}, present, count);
        if (!status) {
            call.fail(status.error());
            co_return;
        }
        out += count;
    }
    call.answer(0);
}

}  // namespace axo::vm
