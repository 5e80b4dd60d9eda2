// See process_text.hpp.
#include "servers/procfs/process_text.hpp"

#include "axo/signal.hpp"
#include "lib/base/fixed_string.hpp"
#include "servers/procfs/ticks.hpp"

namespace axo::procfs {

namespace {

char state_letter(const ProcessFacts &facts) {
    switch (facts.record.life) {
        case pm::ProcessLife::zombie: return 'Z';
        case pm::ProcessLife::stopped: return 'T';
        case pm::ProcessLife::alive: break;
    }
    return facts.runnable ? 'R' : 'S';
}

const char *state_word(char letter) {
    switch (letter) {
        case 'Z': return "Z (zombie)";
        case 'T': return "T (stopped)";
        case 'R': return "R (running)";
        default: return "S (sleeping)";
    }
}

}  // namespace

void put_process_stat(Text &text, const ProcessFacts &facts) {
    constexpr int priority_of_nice_0 = 20;
    const pm::ProcessRecord &record = facts.record;
    const std::string_view name = text_of(record.name);
    // 1 pid, 2 comm, 3 state, 4 parent, 5 group, 6 session, 7 terminal, 8 foreground group (unknown)
    text.print("%u (%.*s) %c %u %u %u %u -1 ", record.pid, static_cast<int>(name.size()), name.data(),
               state_letter(facts), record.parent, record.group, record.session, facts.terminal);
    // 9 flags, 10..13 faults, 14..17 times
    text.print("0 0 0 0 0 %lu %lu %lu %lu ", ticks(record.user), ticks(record.system_time), ticks(record.children_user),
               ticks(record.children_system));
    // 18 priority, 19 nice, 20 threads, 21 interval timer, 22 start, 23 virtual bytes, 24 resident pages, 25 its limit
    text.print("%d %d 1 0 %lu %lu %lu %lu ", priority_of_nice_0 + record.nice, record.nice, ticks(record.started),
               facts.virtual_bytes, facts.resident_bytes / page_size, ~0ul);
    // 26..30 addresses (not told), 31..34 signals, 35 wait channel, 36..37 swapped, 38 exit signal, 39 processor
    text.print("0 0 0 0 0 %lu %lu %lu %lu 0 0 0 %d 0 ", record.pending_signals & 0x7fffffff,
               record.blocked_signals & 0x7fffffff, record.ignored_signals & 0x7fffffff,
               record.caught_signals & 0x7fffffff, signal::child);
    // 40..52 scheduling policy, delays, addresses, exit code
    text.add("0 0 0 0 0 0 0 0 0 0 0 0 0\n");
}

void put_process_statm(Text &text, const ProcessFacts &facts) {
    // size, resident, shared, text, library, data, dirty: the kinds of pages are not told apart
    text.print("%lu %lu 0 0 0 %lu 0\n", facts.virtual_bytes / page_size, facts.resident_bytes / page_size,
               facts.virtual_bytes / page_size);
}

void put_process_status(Text &text, const ProcessFacts &facts) {
    constexpr std::uint64_t kib = 1024;
    const pm::ProcessRecord &record = facts.record;
    const std::string_view name = text_of(record.name);
    text.print("Name:\t%.*s\nState:\t%s\nTgid:\t%u\nNgid:\t0\nPid:\t%u\nPPid:\t%u\nTracerPid:\t0\n",
               static_cast<int>(name.size()), name.data(), state_word(state_letter(facts)), record.pid, record.pid,
               record.parent);
    text.print("Uid:\t%u\t%u\t%u\t%u\n", record.real_uid, record.effective_uid, record.saved_uid,
               record.file_system_uid);
    text.print("Gid:\t%u\t%u\t%u\t%u\n", record.real_gid, record.effective_gid, record.saved_gid,
               record.file_system_gid);
    text.print("VmSize:\t%8lu kB\nVmRSS:\t%8lu kB\nThreads:\t1\n", facts.virtual_bytes / kib,
               facts.resident_bytes / kib);
    text.print("SigPnd:\t%016lx\nShdPnd:\t%016x\nSigBlk:\t%016lx\nSigIgn:\t%016lx\nSigCgt:\t%016lx\n",
               record.pending_signals, 0u, record.blocked_signals, record.ignored_signals, record.caught_signals);
}

}  // namespace axo::procfs
