// utime, utimes, futimesat, utimensat.
#include "lib/sys/clock.hpp"
#include "servers/vfs/cache/remember.hpp"
#include "servers/vfs/calls/calls.hpp"
#include "servers/vfs/calls/user_memory.hpp"
#include "servers/vfs/device/device_io.hpp"
#include "servers/vfs/path/walk.hpp"

namespace axo::vfs {
namespace {

constexpr auto here = static_cast<std::uint64_t>(abi::at_cwd);

/// New times of a file: [0] of the last access, [1] of the last change of content.
struct NewTimes {
    abi::Timespec times[2];
    bool both_now;  // allowed to whoever may write the file
};

bool is_good(const abi::Timespec &time) {
    if (time.nanoseconds == abi::utime_now || time.nanoseconds == abi::utime_omit) return true;
    return time.nanoseconds >= 0 && time.nanoseconds < abi::nanoseconds_per_second;
}

/// Puts the present time in the place of UTIME_NOW.
abi::Timespec resolved(const abi::Timespec &time) {
    if (time.nanoseconds != abi::utime_now) return time;
    const std::uint64_t now = sys::wall_clock().value;
    return {static_cast<std::int64_t>(now / abi::nanoseconds_per_second),
            static_cast<std::int64_t>(now % abi::nanoseconds_per_second)};
}

std::uint32_t wire_nanoseconds(const abi::Timespec &time) {
    static constexpr std::uint32_t unchanged = ~0u;
    return time.nanoseconds == abi::utime_omit ? unchanged : static_cast<std::uint32_t>(time.nanoseconds);
}

sef::Async<Outcome> set_times(Vfs &vfs, Ref<Call> call, Path path, NewTimes wanted) {
    const bool writer = wanted.both_now && permits(call->credentials(), path->ownership(), want::write);
    if (!owns(call->credentials(), path->ownership()) && !writer) {
        co_return wanted.both_now ? Error::access : Error::not_permitted;
    }
    if (!path.mount) co_return 0;
    if (path.mount->read_only()) co_return Error::read_only;
    const abi::Timespec accessed = resolved(wanted.times[0]), modified = resolved(wanted.times[1]);
    const fs::SetTimes request{
        .inode = path->inode,
        .access_seconds = static_cast<std::uint64_t>(accessed.seconds),
        .modify_seconds = static_cast<std::uint64_t>(modified.seconds),
        .access_nanoseconds = wire_nanoseconds(accessed),
        .modify_nanoseconds = wire_nanoseconds(modified),
    };
    const auto answer = co_await sef::request(path->server(), request);
    node_changed(*path, answer);
    vfs.state.vnodes.pieces().forget(*path);  // the next reading may have to be noted
    if (!answer) co_return error_for_user(*call, answer.error());
    co_return 0;
}

sef::Async<Outcome> set_times_at(Vfs &vfs, Ref<Call> call, std::uint64_t start_at, VirtAddr address, LastLink last,
                                 NewTimes wanted) {
    PathLease path(vfs.state.paths);
    if (!path) co_return Error::no_memory;
    auto start = begin_path(*call, start_at, address, *path);
    if (!start) co_return start.error();
    auto walking = walk(vfs, call, std::move(*start), path.get(), last);
    auto found = co_await walking;
    if (!found) co_return found.error();
    auto setting = set_times(vfs, call, std::move(*found), wanted);
    co_return co_await setting;
}

constexpr NewTimes both_now{{{0, abi::utime_now}, {0, abi::utime_now}}, true};

Result<NewTimes> from_timeval(Call &call, VirtAddr address) {
    if (address.value == 0) return both_now;
    abi::Timeval given[2];
    TRY(copy_in(call, address, given, sizeof given));
    NewTimes times{{}, false};
    for (unsigned i = 0; i < 2; ++i) {
        if (given[i].microseconds < 0 || given[i].microseconds >= 1'000'000) return Error::invalid;
        times.times[i] = {given[i].seconds, given[i].microseconds * 1000};
    }
    return times;
}

Result<NewTimes> from_timespec(Call &call, VirtAddr address) {
    if (address.value == 0) return both_now;
    NewTimes times{{}, false};
    TRY(copy_in(call, address, times.times, sizeof times.times));
    if (!is_good(times.times[0]) || !is_good(times.times[1])) return Error::invalid;
    times.both_now = times.times[0].nanoseconds == abi::utime_now && times.times[1].nanoseconds == abi::utime_now;
    return times;
}

}  // namespace

Outcome call_utime(Vfs &vfs, Call &call) {
    NewTimes times = both_now;
    if (call.argument(1) != 0) {
        std::int64_t seconds[2];
        TRY(copy_in(call, call.address(1), seconds, sizeof seconds));
        times = NewTimes{{{seconds[0], 0}, {seconds[1], 0}}, false};
    }
    return vfs.drive(call, set_times_at(vfs, Ref<Call>(&call), here, call.address(0), LastLink::follow, times));
}

Outcome call_utimes(Vfs &vfs, Call &call) {
    const NewTimes times = TRY(from_timeval(call, call.address(1)));
    return vfs.drive(call, set_times_at(vfs, Ref<Call>(&call), here, call.address(0), LastLink::follow, times));
}

Outcome call_futimesat(Vfs &vfs, Call &call) {
    const NewTimes times = TRY(from_timeval(call, call.address(2)));
    const std::uint64_t start = call.argument(0);
    if (call.argument(1) == 0) {
        OpenFile *file = TRY(file_of(call, start));
        return vfs.drive(call, set_times(vfs, Ref<Call>(&call), file->path(), times));
    }
    return vfs.drive(call, set_times_at(vfs, Ref<Call>(&call), start, call.address(1), LastLink::follow, times));
}

Outcome call_utimensat(Vfs &vfs, Call &call) {
    const auto flags = static_cast<std::uint32_t>(call.argument(3));
    if ((flags & ~(abi::at_symlink_no_follow | abi::at_empty_path)) != 0) return Error::invalid;
    const NewTimes times = TRY(from_timespec(call, call.address(2)));
    if (times.times[0].nanoseconds == abi::utime_omit && times.times[1].nanoseconds == abi::utime_omit) return 0;
    const std::uint64_t start = call.argument(0);
    if (call.argument(1) == 0) {
        OpenFile *file = TRY(file_of(call, start));
        return vfs.drive(call, set_times(vfs, Ref<Call>(&call), file->path(), times));
    }
    const LastLink last = (flags & abi::at_symlink_no_follow) != 0 ? LastLink::keep : LastLink::follow;
    return vfs.drive(call, set_times_at(vfs, Ref<Call>(&call), start, call.address(1), last, times));
}

}  // namespace axo::vfs
