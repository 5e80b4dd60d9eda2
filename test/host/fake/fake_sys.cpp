// The fake kernel behind the servers' unit tests: IPC is recorded, kernel calls work on host memory.
#include "test/host/fake/fake_sys.hpp"

#include <cstdio>
#include <cstdlib>
#include <random>

#include "lib/base/assert.hpp"
#include "lib/base/fixed_string.hpp"
#include "lib/sys/clock.hpp"
#include "lib/sys/kernel.hpp"
#include "test/host/fake/heap_faults.hpp"

namespace axo {

namespace {

fake::System *current_system = nullptr;

}  // namespace

void invariant_failed(const char *file, unsigned line) {
    std::fprintf(stderr, "invariant failed at %s:%u\n", file, line);
    std::abort();
}

namespace sys {

OwnContext *current_context;

std::uint64_t timestamp() { return current_system == nullptr ? 1 : current_system->time.value; }
std::optional<CpuidWords> cpuid(std::uint32_t leaf, std::uint32_t) {
    if (current_system == nullptr || !current_system->cpuid.contains(leaf)) return std::nullopt;
    return current_system->cpuid.at(leaf);
}
std::uint64_t extended_state_components() { return 0; }
std::optional<std::uint64_t> processor_random() {
    static std::mt19937_64 random;  // the same numbers in every run
    return random();
}
Nanoseconds now() { return Nanoseconds{current_system == nullptr ? 0 : current_system->time.value}; }
Nanoseconds wall_clock() { return seconds(1'600'000'000) + now(); }
void start_clock() {}

std::int64_t send_trap(IpcCall call, Endpoint peer, const Message &message) {
    Message copy = message;
    return fake::System::current().ipc(call, peer, copy);
}

std::int64_t receive_trap(Endpoint from, Message &message) {
    return fake::System::current().ipc(IpcCall::receive, from, message);
}

TrapResult exchange_trap(IpcCall call, Endpoint peer, Endpoint, const Message &out, Message &in) {
    Message copy = out;
    const std::int64_t result = fake::System::current().ipc(call, peer, copy);
    in = copy;
    return {result, 0};
}

TrapResult kernel_trap(KernelCall call, std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d,
                       std::uint64_t e, std::uint64_t f) {
    TrapResult result{0, 0};
    result.value = fake::System::current().kernel(call, {a, b, c, d, e, f}, result.second);
    return result;
}

}  // namespace sys

namespace fake {

Process::Process(std::size_t arena_bytes, std::size_t scratch_bytes)
    : arena_(new std::byte[arena_bytes]), scratch_(new std::byte[scratch_bytes]) {
    auto &header = sys::format_arena(arena_.get(), arena_bytes, Heap::Area::fixed);
    context.areas.arena = reinterpret_cast<std::uint64_t>(&header);
    context.areas.scratch.adopt(scratch_.get(), scratch_bytes, Heap::Area::fixed);
    context.deferral.refusal = &sef::keep_refused;
}

namespace {

/// For tests of pure logic, which have no System but use heaps, from static initialisers on.
struct ProcessWithoutSystem : Process {
    ProcessWithoutSystem() : Process(64 << 20, 16 << 20) { sys::current_context = &context; }
};
[[gnu::init_priority(101)]] ProcessWithoutSystem process_without_system;

std::byte *pointer(std::uint64_t address) { return reinterpret_cast<std::byte *>(address); }
GrantId grant_id(std::uint64_t wire) { return GrantId{static_cast<std::int32_t>(wire)}; }
Endpoint endpoint_of(std::uint64_t wire) { return Endpoint{static_cast<std::uint32_t>(wire)}; }

}  // namespace

System &System::current() {
    if (current_system == nullptr) {
        std::fprintf(stderr, "no fake::System in this test\n");
        std::abort();
    }
    return *current_system;
}

System::System(Endpoint own, std::size_t arena_bytes, std::size_t scratch_bytes)
    : self(own), process_(arena_bytes, scratch_bytes) {
    process_.context.self = own;
    sys::current_context = &process_.context;
    current_system = this;
}

System::~System() {
    sef::forget_coroutines();
    current_system = nullptr;
    sys::current_context = &process_without_system.context;
}

// ---- IPC ------------------------------------------------------------------------------------------

std::int64_t System::ipc(IpcCall call, Endpoint peer, Message &message) {
    if (call == IpcCall::receive && !receivable.empty()) {
        message = receivable.front();
        receivable.pop_front();
        return 0;
    }
    if (call == IpcCall::receive || call == IpcCall::reply_receive) {
        std::fprintf(stderr, "a server under test must not receive by itself\n");
        std::abort();
    }
    if (call == IpcCall::senda && senda_errors.contains(peer.value)) return to_wire(senda_errors.at(peer.value));
    const auto hook = message.is_reply() ? peer_hooks.end() : peer_hooks.find(message.type);
    if (traffic && call == IpcCall::senda && hook != peer_hooks.end()) {
        const Status taken = traffic->send(peer, message, hook->second);
        return taken ? 0 : to_wire(taken.error());
    }
    sent.push_back({call, peer, message});
    if (hook == peer_hooks.end()) return call == IpcCall::sendrec ? to_wire(Error::dead_peer) : 0;
    const HeapFaults::Pause pause;
    Message answer = hook->second(peer, message);
    answer.source = peer;
    answer.tag = message.tag;
    if (call == IpcCall::sendrec) {
        message = answer;
    } else if (call == IpcCall::senda && message.tag != 0) {
        answer.flags = static_cast<std::uint16_t>(static_cast<unsigned>(IpcCall::senda) | message_flag::reply);
        inbox.push_back(answer);
    }
    return 0;
}

std::optional<Message> System::take_reply(Endpoint peer, std::uint64_t tag) {
    for (auto it = sent.begin(); it != sent.end(); ++it) {
        if (!it->message.is_reply() || it->peer != peer || it->message.tag != tag) continue;
        const Message reply = it->message;
        sent.erase(it);
        return reply;
    }
    return std::nullopt;
}

std::optional<Sent> System::take_request(std::uint16_t type) {
    for (auto it = sent.begin(); it != sent.end(); ++it) {
        if (it->message.is_reply() || it->message.type != type || it->call == IpcCall::notify) continue;
        const Sent found = *it;
        sent.erase(it);
        return found;
    }
    return std::nullopt;
}

std::size_t System::notifications_to(Endpoint peer) const {
    std::size_t count = 0;
    for (const Sent &item : sent) {
        if (item.call == IpcCall::notify && item.peer == peer) ++count;
    }
    return count;
}

// ---- kernel calls -----------------------------------------------------------------------------------

std::int64_t System::kernel(KernelCall call, const Arguments &a, std::uint64_t &second) {
    ++kernel_call_counts[call];
    if (const auto hook = kernel_hooks.find(call); hook != kernel_hooks.end()) return hook->second(a, second);
    switch (call) {
        case KernelCall::times: {
            const Times times{time, seconds(1'600'000'000), {0}, {0}};
            std::memcpy(pointer(a[1]), &times, sizeof times);
            return 0;
        }
        case KernelCall::set_alarm: return set_alarm(a[0], static_cast<AlarmMode>(a[1]));
        case KernelCall::diagnostics: log.emplace_back(reinterpret_cast<const char *>(a[0]), a[1]); return 0;
        case KernelCall::safe_copy_from: return safe_copy(endpoint_of(a[0]), grant_id(a[1]), a[2], a[3], a[4], false);
        case KernelCall::safe_copy_to: return safe_copy(endpoint_of(a[0]), grant_id(a[1]), a[2], a[3], a[4], true);
        case KernelCall::vsafe_copy: return vector_copy(a[0], a[1]);
        case KernelCall::virtual_copy: return virtual_copy(endpoint_of(a[0]), a[1], endpoint_of(a[2]), a[3], a[4]);
        case KernelCall::copy_argument: return virtual_copy(endpoint_of(a[0]), a[1], endpoint::self, a[2], a[3]);
        case KernelCall::check_range: return check_range(endpoint_of(a[0]), a[1], a[2]);
        case KernelCall::fill_user: {
            if (const auto status = check_range(endpoint_of(a[0]), a[1], a[2]); status != 0) return status;
            std::memset(process_memory(endpoint_of(a[0]), VirtAddr{a[1]}, a[2]), 0, a[2]);
            return 0;
        }
        case KernelCall::get_signal: return endpoint::none.value;
        case KernelCall::exit:
            std::fprintf(stderr, "the server ended itself: %s\n", log.empty() ? "" : log.back().c_str());
            std::abort();
        default: return 0;
    }
}

std::int64_t System::set_alarm(std::uint64_t ns, AlarmMode mode) {
    const std::uint64_t left = alarm && *alarm > time ? (*alarm - time).value : 0;
    if (ns == 0)
        alarm.reset();
    else
        alarm = Nanoseconds{mode == AlarmMode::relative ? time.value + ns : ns};
    return static_cast<std::int64_t>(left);
}

std::int64_t System::safe_copy(Endpoint granter, GrantId grant, std::uint64_t offset, std::uint64_t own,
                               std::uint64_t bytes, bool write) {
    const auto it = granted_.find({granter.value, grant.value});
    const std::uint32_t needed = write ? grant_flag::write : grant_flag::read;
    if (it == granted_.end() || (it->second.access & needed) == 0) return to_wire(Error::not_permitted);
    const Granted &area = it->second;
    if (offset > area.bytes || bytes > area.bytes - offset) return to_wire(Error::not_permitted);
    std::byte *theirs = static_cast<std::byte *>(area.memory) + offset;
    if (bytes == 0) return 0;
    if (write)
        std::memcpy(theirs, pointer(own), bytes);
    else
        std::memcpy(pointer(own), theirs, bytes);
    return 0;
}

std::int64_t System::vector_copy(std::uint64_t address, std::uint64_t count) {
    if (count > 64) return to_wire(Error::invalid);
    for (const VectorCopy &copy : std::span(reinterpret_cast<const VectorCopy *>(address), count)) {
        const bool write = copy.from == endpoint::self;
        if (write == (copy.to == endpoint::self)) return to_wire(Error::invalid);
        const auto status =
            safe_copy(write ? copy.to : copy.from, copy.grant, copy.offset, copy.address.value, copy.bytes, write);
        if (status < 0) return status;
    }
    return 0;
}

std::int64_t System::check_range(Endpoint process, std::uint64_t address, std::uint64_t bytes) {
    if (process == endpoint::self || process == self) return 0;
    if (process_memory(process, VirtAddr{address}, bytes) == nullptr) return to_wire(Error::fault);
    for (const auto &[start, length] : absent_ranges) {
        if (address < start + length && start < address + bytes) return to_wire(Error::absent);
    }
    return 0;
}

std::int64_t System::virtual_copy(Endpoint source, std::uint64_t from, Endpoint destination, std::uint64_t to,
                                  std::uint64_t bytes) {
    if (const auto status = check_range(source, from, bytes); status < 0) return status;
    if (const auto status = check_range(destination, to, bytes); status < 0) return status;
    const auto *read = process_memory(source, VirtAddr{from}, bytes);
    auto *written = process_memory(destination, VirtAddr{to}, bytes);
    if (bytes != 0) std::memmove(written, read, bytes);
    return 0;
}

// ---- memory -----------------------------------------------------------------------------------------

GrantId System::grant(Endpoint granter, void *area, std::size_t bytes, std::uint32_t access) {
    const GrantId id{next_grant_++};
    granted_[{granter.value, id.value}] = {area, bytes, access};
    return id;
}

GrantId System::grant(Endpoint granter, std::string_view text) {
    texts_.emplace_back(text);
    return grant(granter, texts_.back().data(), text.size(), grant_flag::read);
}

std::span<std::byte> System::granted(GrantId id, Endpoint grantee) {
    const GrantEntry *entry = sys::grants().find(id);
    if (entry == nullptr || (entry->grantee != grantee && entry->grantee != endpoint::any)) return {};
    const Endpoint owner = (entry->flags & grant_flag::magic) != 0 ? entry->owner : self;
    std::byte *start = process_memory(owner, entry->address, entry->bytes);
    return start == nullptr ? std::span<std::byte>() : std::span(start, entry->bytes);
}

void System::map_process(Endpoint process, VirtAddr at, std::size_t bytes) {
    areas_.push_back(std::make_unique<Area>(Area{process, at.value, std::vector<std::byte>(bytes)}));
}

std::byte *System::process_memory(Endpoint process, VirtAddr at, std::size_t bytes) {
    if (process == endpoint::self || process == self || areas_.empty()) return pointer(at.value);
    for (const auto &area : areas_) {
        if (area->process != process || at.value < area->address) continue;
        const std::uint64_t offset = at.value - area->address;
        if (offset <= area->bytes.size() && bytes <= area->bytes.size() - offset) return area->bytes.data() + offset;
    }
    return nullptr;
}

void System::advance(Nanoseconds by) {
    const Nanoseconds end = time + by;
    sef::timers().arm();
    while (alarm && *alarm <= end) {
        time = *alarm > time ? *alarm : time;
        alarm.reset();
        ++sys::context().turns;
        sef::timers().on_alarm();
        sef::run_ready();
        sys::flush_deferred();
        sef::timers().arm();
    }
    time = end;
}

}  // namespace fake

}  // namespace axo
