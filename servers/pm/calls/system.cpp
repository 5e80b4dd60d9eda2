// Calls about the machine as a whole: names, memory, random bytes, power.
#include <algorithm>

#include "axo/system_name.hpp"
#include "axo/vm_protocol.hpp"
#include "lib/sys/clock.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"
#include "servers/pm/server.hpp"

namespace axo::pm {

std::int64_t Server::call_uname(Process &caller, Call call) {
    abi::UtsName name{};
    put_text(name.system, system_name::type);
    put_text(name.node, text_of(state_.host_name));
    put_text(name.release, system_name::release);
    put_text(name.version, system_name::version);
    put_text(name.machine, "x86_64");
    put_text(name.domain, "(none)");
    return to_wire(put(caller, call.argument(0), name));
}

std::int64_t Server::call_sethostname(Process &caller, Call call) {
    if (!caller.credentials.is_root()) return to_wire(Error::not_permitted);
    char name[sizeof state_.host_name] = {};
    if (call.argument(1) >= sizeof name) return to_wire(Error::invalid);
    const Status read = from_user(caller, call.argument(0), name, call.argument(1));
    if (!read) return to_wire(read.error());
    put_text(state_.host_name, text_of(name));
    return 0;
}

std::int64_t Server::call_sysinfo(Process &caller, Call call) {
    caller.call.waiting = Waiting::busy;
    if (sysinfo_task(caller.endpoint, call.argument(0)).started()) return later;
    caller.call.waiting = Waiting::nothing;
    return to_wire(Error::no_memory);
}

sef::Task Server::sysinfo_task(Endpoint endpoint, std::uint64_t address) {
    const vm::Counters question{};
    const auto memory = co_await sef::request(endpoint::vm, question);
    abi::SystemInfo info{};
    info.uptime = static_cast<std::int64_t>(sys::now().value / 1'000'000'000);
    info.memory_unit = 1;
    info.processes = static_cast<std::uint16_t>(processes_.count());
    if (memory) {
        info.total_ram = memory->total_frames * page_size;
        info.free_ram = memory->free_frames * page_size;
        // buffer_ram is for blocks of devices alone: cached files are in /proc/meminfo, and `free` adds both.
    }
    Process *process = processes_.find(endpoint);
    if (process == nullptr || !process->alive()) co_return;
    Status written = put(*process, address, info);
    if (!written && written.error() == Error::absent) {
        auto present = bring_in(endpoint, missing_);
        written = co_await present;
        process = processes_.find(endpoint);
        if (process == nullptr || !process->alive()) co_return;
        if (written) written = put(*process, address, info);
    }
    answer(*process, written ? 0 : to_wire(Error::fault));
}

std::int64_t Server::call_getrandom(Process &caller, Call call) {
    constexpr std::uint64_t known_flags = 7, most = 32 * 1024 * 1024;
    if ((call.argument(2) & ~known_flags) != 0) return to_wire(Error::invalid);
    const std::uint64_t wanted = std::min(call.argument(1), most);
    std::byte chunk[256];
    for (std::uint64_t done = 0; done < wanted;) {
        const std::size_t bytes = std::min<std::uint64_t>(sizeof chunk, wanted - done);
        state_.random.fill({chunk, bytes});
        const Status written = to_user(caller, call.argument(0) + done, chunk, bytes);
        if (!written) return to_wire(written.error());
        done += bytes;
    }
    return static_cast<std::int64_t>(wanted);
}

std::int64_t Server::call_reboot(Process &caller, Call call) {
    constexpr std::uint32_t magic_1 = 0xfee1dead;
    constexpr std::uint32_t magic_2[] = {0x28121969, 0x05121996, 0x16041998, 0x20112000};
    constexpr std::uint32_t restart = 0x01234567, halt = 0xcdef0123, power_off = 0x4321fedc, keys_on = 0x89abcdef,
                            keys_off = 0;
    if (!caller.credentials.is_root()) return to_wire(Error::not_permitted);
    const auto second = static_cast<std::uint32_t>(call.argument(1));
    const bool meant = static_cast<std::uint32_t>(call.argument(0)) == magic_1 &&
                       std::find(std::begin(magic_2), std::end(magic_2), second) != std::end(magic_2);
    if (!meant) return to_wire(Error::invalid);
    const auto command = static_cast<std::uint32_t>(call.argument(2));
    if (command == keys_on || command == keys_off) return 0;  // there is no such key on a serial console
    if (command != restart && command != halt && command != power_off) return to_wire(Error::invalid);
    caller.call.waiting = Waiting::busy;
    const ShutdownHow how = command == restart ? ShutdownHow::reboot : ShutdownHow::power_off;
    if (shutdown_task(caller.endpoint, how).started()) return later;
    caller.call.waiting = Waiting::nothing;
    return to_wire(Error::no_memory);
}

/// RS first, so that nothing is revived; then VFS writes out what it has.
sef::Task Server::shutdown_task(Endpoint endpoint, ShutdownHow how) {
    state_.going_down = true;
    const rs::Shutdown calm{};
    const auto calmed = co_await sef::request(endpoint::rs, calm);
    if (!calmed) sys::log("shutdown: RS does not answer (%d)", static_cast<int>(calmed.error()));
    const vfs::Shutdown write_out{};
    const auto written = co_await sef::request(endpoint::vfs, write_out);
    if (!written) sys::log("shutdown: VFS could not write everything out (%d)", static_cast<int>(written.error()));
    const Status down = sys::shutdown(how);
    state_.going_down = false;
    answer(endpoint, to_wire(down ? Error::io : down.error()));
}

}  // namespace axo::pm
