// lib/sys' doors (trap.cpp, processor.cpp, start.cpp) into the fake machine, by the same register convention.
#include "lib/sys/trap.hpp"

#include <cstring>

#include "kernel/process/process.hpp"
#include "lib/sef/context.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/processor.hpp"
#include "test/host/whole/machine.hpp"
#include "test/host/whole/processor.hpp"
#include "test/host/whole/programs.hpp"

namespace axo::sys {

namespace {

using kernel::Registers;
using whole::Machine;

Registers &registers() { return Machine::current().processor.trap_registers(); }

std::uint64_t call_word(IpcCall call, Endpoint peer) {
    return static_cast<std::uint64_t>(call) | std::uint64_t{peer.value} << 32;
}

/// Registers that say nothing are zero, so that no chance is in the trace.
void clear_registers(Registers &r) {
    r.rax = r.rdi = r.rsi = r.rdx = r.r8 = r.r9 = r.r10 = r.r12 = r.r13 = r.r14 = r.r15 = 0;
}

void put(Registers &r, const Message &message) {
    std::memcpy(&r.rsi, &message, sizeof r.rsi);
    r.rdx = message.tag;
    r.r8 = message.words[0];
    r.r9 = message.words[1];
    r.r10 = message.words[2];
    r.r12 = message.words[3];
    r.r13 = message.words[4];
    r.r14 = message.words[5];
    r.r15 = message.words[6];
}

void take(const Registers &r, Message &message) {
    std::memcpy(static_cast<void *>(&message), &r.rsi, sizeof r.rsi);
    message.tag = r.rdx;
    const std::uint64_t words[] = {r.r8, r.r9, r.r10, r.r12, r.r13, r.r14, r.r15};
    std::memcpy(message.words, words, sizeof words);
}

}  // namespace

OwnContext *current_context = reinterpret_cast<OwnContext *>(whole::context_address);

std::int64_t send_trap(IpcCall call, Endpoint peer, const Message &message) {
    const Message copy = message;  // before the registers: reading it may fault
    clear_registers(registers());
    put(registers(), copy);
    registers().rax = call_word(call, peer);
    registers().rdi = endpoint::none.value;
    axo_trap();
    return static_cast<std::int64_t>(registers().rax);
}

std::int64_t receive_trap(Endpoint from, Message &message) {
    clear_registers(registers());
    registers().rax = call_word(IpcCall::receive, from);
    axo_trap();
    const Registers answer = registers();
    take(answer, message);
    return static_cast<std::int64_t>(answer.rax);
}

TrapResult exchange_trap(IpcCall call, Endpoint peer, Endpoint from, const Message &out, Message &in) {
    const Message copy = out;
    clear_registers(registers());
    put(registers(), copy);
    registers().rax = call_word(call, peer);
    registers().rdi = from.value;
    axo_trap();
    const Registers answer = registers();
    take(answer, in);
    return {static_cast<std::int64_t>(answer.rax), answer.rdi};
}

TrapResult kernel_trap(KernelCall call, std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d,
                       std::uint64_t e, std::uint64_t f) {
    Registers &r = registers();
    clear_registers(r);
    r.rax = number_of(call);
    r.rdi = a, r.rsi = b, r.rdx = c, r.r10 = d, r.r8 = e, r.r9 = f;
    axo_trap();
    return {static_cast<std::int64_t>(registers().rax), registers().rdx};
}

std::optional<CpuidWords> cpuid(std::uint32_t, std::uint32_t) { return std::nullopt; }
std::uint64_t extended_state_components() { return 0; }
std::uint64_t timestamp() {
    Machine::current().spend();
    return Machine::current().time;
}
std::optional<std::uint64_t> processor_random() { return Machine::current().random(); }

}  // namespace axo::sys

namespace axo::whole {

std::int64_t linux_call(std::uint64_t number, std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d,
                        std::uint64_t e) {
    kernel::Registers &r = sys::registers();
    sys::clear_registers(r);
    r.rax = number;
    r.rdi = a, r.rsi = b, r.rdx = c, r.r10 = d, r.r8 = e;
    axo_trap();
    return static_cast<std::int64_t>(sys::registers().rax);
}

void report(std::string_view who, std::string_view text) {
    Machine::current().reports.push_back({std::string(who), std::string(text)});
}

}  // namespace axo::whole

extern "C" {

/// Where a service begins: what start.cpp is in its image.
[[gnu::no_sanitize("address")]] void axo_start_service(int (*main)()) {
    axo::whole::begin_stack();
    ::new (reinterpret_cast<void *>(axo::whole::context_address)) axo::sef::ProcessContext;
    axo::sys::exit(main());
}

[[gnu::no_sanitize("address")]] void axo_start_program(int (*main)()) {
    axo::whole::begin_stack();
    constexpr unsigned exit_group = 231;
    axo::whole::linux_call(exit_group, static_cast<std::uint64_t>(main()), 0, 0, 0, 0);
}
}
