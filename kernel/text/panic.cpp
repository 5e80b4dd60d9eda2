// The end: what happened, backtrace with names, exit code. Uses no memory but the stack and takes nothing
// for granted: a second fault while printing stops at once.
#include "kernel/text/panic.hpp"

#include "kernel/kernel.hpp"
#include "kernel/text/diagnose.hpp"
#include "kernel/text/format.hpp"
#include "kernel/text/log.hpp"
#include "kernel/text/symbols.hpp"

extern "C" {
extern const char text_start[], text_end[], kernel_end[], symbols_start[];
}

namespace axo::kernel {
namespace {

constexpr unsigned max_frames = 32;

std::uint64_t own_frame() { return reinterpret_cast<std::uint64_t>(__builtin_frame_address(0)); }

bool is_kernel_text(std::uint64_t address) {
    return address >= reinterpret_cast<std::uint64_t>(text_start) &&
           address < reinterpret_cast<std::uint64_t>(text_end);
}

/// Two words above the kernel's code and inside its image, where the stacks are.
bool is_frame(std::uint64_t frame) {
    return frame % 8 == 0 && frame >= reinterpret_cast<std::uint64_t>(text_end) &&
           frame + 16 <= reinterpret_cast<std::uint64_t>(kernel_end);
}

void print_place(std::uint64_t address) {
    const void *table = symbols_start;
    const Symbol symbol = SymbolTable::find(static_cast<const SymbolTable *>(table), address);
    log("  %016lx %s+0x%lx\n", address, symbol.name, symbol.offset);
}

void log_list(const char *format, va_list arguments) {
    char line[512];
    log_write(line, format_list(line, sizeof line, format, arguments));
}

}  // namespace

void begin_stop() {
    if (the_kernel.stopping) arch::test_exit(static_cast<std::uint8_t>(ExitCode::kernel_panic));
    the_kernel.stopping = true;
    arch::debug_serial(true);
    the_kernel.log.tells_readers = false;
}

void end_stop(ExitCode code) {
    log("axolotl: stopped, exit code 0x%x\n", static_cast<unsigned>(code));
    arch::test_exit(static_cast<std::uint8_t>(code));
}

void print_backtrace(std::uint64_t instruction, std::uint64_t frame_pointer) {
    log("backtrace:\n");
    if (is_kernel_text(instruction)) print_place(instruction);
    for (unsigned i = 0; i < max_frames && is_frame(frame_pointer); ++i) {
        const auto *frame = reinterpret_cast<const std::uint64_t *>(frame_pointer);
        if (!is_kernel_text(frame[1])) return;
        print_place(frame[1] - 1);  // inside the call: the return address may lie behind the function
        if (frame[0] <= frame_pointer) return;
        frame_pointer = frame[0];
    }
}

void panic(const char *format, ...) {
    begin_stop();
    log("\naxolotl: kernel panic: ");
    va_list arguments;
    va_start(arguments, format);
    log_list(format, arguments);
    va_end(arguments);
    log("\n");
    print_backtrace(0, own_frame());
    end_stop(ExitCode::kernel_panic);
}

void stop_machine(ExitCode code, const char *format, ...) {
    begin_stop();
    if (code == ExitCode::core_service_died) show_last_death();
    log("\naxolotl: ");
    va_list arguments;
    va_start(arguments, format);
    log_list(format, arguments);
    va_end(arguments);
    log("\n");
    print_backtrace(0, own_frame());
    end_stop(code);
}

}  // namespace axo::kernel
