// Life of the driver, interrupts, and what follows a change on either side of the line.
#include "drivers/tty/tty.hpp"

#include "drivers/tty/read_policy.hpp"
#include "lib/sys/kernel.hpp"

namespace axo::tty {

namespace {
constexpr std::size_t log_chunk = 256;  // doubled by CR it still fits where has_room() says so
}

Status KernelPorts::run(std::span<PortAccess> accesses) { return sys::port_vector(accesses); }

Status Tty::init(const sef::Init &init) {
    starting(init.kind);
    updated_ = init.kind == rs::InitKind::update;
    read_timer_.set_callback(bind<&Tty::read_timed_out>(*this));
    return updated_ ? Status{} : uart_.reset();
}

void Tty::activated() {
    const auto hook = sys::irq_control(IrqRequest::set_policy, com1_line, com1_line, irq_flag::reenable);
    if (!hook) sys::panic("no interrupt for the serial port: error %d", static_cast<int>(hook.error()));
    if (updated_)
        state_.log_waits = true;
    else
        skip_kernel_log();
    if (!sys::irq_control(IrqRequest::enable, *hook)) sys::panic("the serial port's interrupt cannot be enabled");
    if (!uart_.enable_interrupts()) sys::panic("no access to the serial port");
    announce_driver();
    serial_interrupt();
}

/// The kernel wrote its log to this port so far; it ended that when the line got a handler. What comes into the log
/// from here on is ours to show.
void Tty::skip_kernel_log() {
    char skipped[log_chunk];
    for (auto part = sys::get_log(state_.log_position, skipped); part && part->bytes > 0;
         part = sys::get_log(state_.log_position, skipped))
        state_.log_position = part->next_position;
}

void Tty::on_notification(Endpoint source, std::uint64_t bits) {
    if (source == endpoint::hardware) serial_interrupt();
    if (source == endpoint::system && (bits & kernel_signal::log_text) != 0) {
        state_.log_waits = true;
        after_change();
    }
}

void Tty::serial_interrupt() {
    if (!uart_.handle_interrupt(*this)) sys::panic("no access to the serial port");
    after_change();
}

/// Signals first: they may have flushed what the rest would move.
void Tty::after_change() {
    const std::uint32_t signals = line_.take_signals();
    for (unsigned signal = 1; signal < 32; ++signal)
        if ((signals >> signal & 1) != 0) signal_foreground(signal);
    serve_reads();
    do {
        show_kernel_log();
        serve_writes();
    } while (pump() && (state_.log_waits || !state_.writes.empty()));
    finish_drains();
    readiness_changed(minor_serial);
    readiness_changed(minor_console);
}

/// Gives the port what it takes. True: all is gone and there is room for more; false: the
/// transmitter's interrupt goes on with it, or output is stopped.
bool Tty::pump() {
    OutputSide &output = line_.output();
    for (;;) {
        const auto text = output.sendable();
        if (text.empty()) return output.empty();
        const auto sent = uart_.send(text);
        if (!sent) sys::panic("no access to the serial port");
        output.sent(*sent);
        if (*sent < text.size()) return false;
    }
}

/// Kernel text goes between the writes of programs; as much as there is room for, the rest later.
void Tty::show_kernel_log() {
    while (state_.log_waits && line_.output().has_room()) {
        char text[log_chunk];
        const auto part = sys::get_log(state_.log_position, text);
        if (!part || part->bytes == 0) {
            state_.log_waits = false;
            return;
        }
        const std::size_t taken = show_lines({text, part->bytes});
        state_.log_position = part->next_position - (part->bytes - taken);
    }
}

/// How much of the text there was room for.
std::size_t Tty::show_lines(std::string_view text) {
    std::size_t done = 0;
    while (done < text.size()) {
        const std::string_view rest(text.data() + done, text.size() - done);
        const LogFilter::Part part = state_.log_filter.first(rest);
        const auto *bytes = reinterpret_cast<const std::uint8_t *>(rest.data());
        const std::size_t taken = part.shown ? line_.write({bytes, part.bytes}) : part.bytes;
        state_.log_filter.pass({rest.data(), taken}, part);
        done += taken;
        if (taken < part.bytes) break;
    }
    return done;
}

void Tty::finish_drains() {
    if (!line_.output().empty()) return;
    while (!state_.drains.empty()) {
        Drain drain = std::move(state_.drains.front());
        state_.drains.erase(0);
        if (drain.flush) line_.flush_input();
        if (drain.set) line_.set_settings(drain.settings);
        drain.reply.ok({.value = 0});
    }
}

void Tty::signal_foreground(unsigned signal) {
    if (state_.jobs.group() != 0) send_signal(state_.jobs.group(), signal);
}

std::uint32_t Tty::ready(std::uint32_t) {
    std::uint32_t events = 0;
    if (poll_readable(line_)) events |= device::poll_event::in;
    if (satisfied(line_, 1) || line_.readable()) events |= device::poll_event::read_again;
    if (line_.output().has_room()) events |= device::poll_event::out;
    // A waiting writer is let go on by large pieces, not at every byte that went out.
    if (line_.output().size() <= OutputSide::low_water) events |= device::poll_event::write_again;
    return events;
}

bool Tty::cancel(Endpoint requester, std::uint64_t tag) {
    if (state_.reads.cancel(requester, tag)) {
        arm_read_timer();
        after_change();  // another one that was to try again may have been behind it
        return true;
    }
    if (state_.writes.cancel(requester, tag)) return true;
    for (std::size_t i = 0; i < state_.drains.size(); ++i) {
        Drain &drain = state_.drains[i];
        if (drain.reply.caller() != requester || drain.reply.tag() != tag) continue;
        drain.reply.fail(Error::interrupted);
        state_.drains.erase(i);
        return true;
    }
    return false;
}

}  // namespace axo::tty
