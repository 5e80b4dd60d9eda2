// Terminal ioctls with Linux' codes and structures.
#include "axo/pm_protocol.hpp"
#include "drivers/tty/ioctl_code.hpp"
#include "drivers/tty/tty.hpp"
#include "lib/driver/ioctl_argument.hpp"

namespace axo::tty {

namespace {

void answer(driver::Reply<device::Ioctl> &reply, const Status &status) {
    if (status)
        reply.ok({.value = 0});
    else
        reply.fail(status.error());
}

/// What only the foreground may do unasked.
bool changes_terminal(IoctlCode code) {
    switch (code) {
        case IoctlCode::set_settings:
        case IoctlCode::set_settings_drained:
        case IoctlCode::set_settings_flushed:
        case IoctlCode::send_break:
        case IoctlCode::send_break_posix:
        case IoctlCode::flow:
        case IoctlCode::flush:
        case IoctlCode::set_group: return true;
        default: return false;
    }
}

template <typename T>
void answer_with(driver::Reply<device::Ioctl> reply, const device::Ioctl &request, const T &value) {
    answer(reply, driver::put_argument(reply.caller(), request, value));
}

}  // namespace

void Tty::ioctl(const device::Ioctl &request, IoctlReply reply) {
    if (changes_terminal(static_cast<IoctlCode>(request.code)) && in_background(request))
        return reply.fail(Error::background);
    switch (static_cast<IoctlCode>(request.code)) {
        case IoctlCode::get_settings: return answer_with(std::move(reply), request, line_.settings());
        case IoctlCode::set_settings:
        case IoctlCode::set_settings_drained:
        case IoctlCode::set_settings_flushed: return ioctl_settings(request, std::move(reply));
        case IoctlCode::send_break:
        case IoctlCode::send_break_posix:
            // A break condition would mean nothing to an emulated wire; draining is what callers rely on.
            return wait_for_drain({std::move(reply), {}, false, false});
        case IoctlCode::flow: return flow(request, std::move(reply));
        case IoctlCode::flush: return flush(request, std::move(reply));
        case IoctlCode::take_terminal:
        case IoctlCode::get_group:
        case IoctlCode::set_group:
        case IoctlCode::get_session:
        case IoctlCode::give_up_terminal: return ioctl_jobs(request, std::move(reply));
        case IoctlCode::output_queued:
            return answer_with(std::move(reply), request, static_cast<std::int32_t>(line_.output().size()));
        case IoctlCode::input_queued:
            return answer_with(std::move(reply), request, static_cast<std::int32_t>(line_.readable_bytes()));
        case IoctlCode::get_window: return answer_with(std::move(reply), request, state_.window);
        case IoctlCode::set_window: return ioctl_window(request, std::move(reply));
        case IoctlCode::modem_lines: return modem_lines(request, std::move(reply));
    }
    reply.fail(Error::not_tty);
}

void Tty::ioctl_settings(const device::Ioctl &request, IoctlReply reply) {
    const auto settings = driver::get_argument<Termios>(reply.caller(), request);
    if (!settings) return reply.fail(settings.error());
    const auto code = static_cast<IoctlCode>(request.code);
    if (code != IoctlCode::set_settings)
        return wait_for_drain({std::move(reply), *settings, true, code == IoctlCode::set_settings_flushed});
    line_.set_settings(*settings);
    reply.ok({.value = 0});
    after_change();  // what was typed may be readable now, or stopped output go on
}

void Tty::wait_for_drain(Drain drain) {
    if (!state_.drains.reserve(state_.drains.size() + 1)) return drain.reply.fail(Error::no_memory);
    const Status added = state_.drains.push_back(std::move(drain));
    ensure(added.has_value());
    after_change();
}

void Tty::ioctl_window(const device::Ioctl &request, IoctlReply reply) {
    const auto window = driver::get_argument<WindowSize>(reply.caller(), request);
    if (!window) return reply.fail(window.error());
    const bool changed = *window != state_.window;
    state_.window = *window;
    reply.ok({.value = 0});
    if (changed) signal_foreground(terminal_signal::window_changed);
}

void Tty::ioctl_jobs(const device::Ioctl &request, IoctlReply reply) {
    const JobControl &jobs = state_.jobs;
    switch (static_cast<IoctlCode>(request.code)) {
        case IoctlCode::take_terminal:
            if (jobs.belongs_to(request.session)) return reply.ok({.value = 0});
            if (request.session == 0) return reply.fail(Error::not_permitted);
            take_terminal(request.session, request.group, std::move(reply));
            return;
        case IoctlCode::get_group:
            if (!jobs.belongs_to(request.session)) return reply.fail(Error::not_tty);
            return answer_with(std::move(reply), request, static_cast<std::int32_t>(jobs.group()));
        case IoctlCode::get_session:
            if (!jobs.belongs_to(request.session)) return reply.fail(Error::not_tty);
            return answer_with(std::move(reply), request, static_cast<std::int32_t>(jobs.session()));
        case IoctlCode::set_group: set_group(request, std::move(reply)); return;
        default: return give_up_terminal(request, std::move(reply));
    }
}

/// VFS asks only for session leaders without a terminal.
sef::Task Tty::take_terminal(std::uint32_t session, std::uint32_t group, IoctlReply reply) {
    auto acquired_later = acquire(session, group);
    const auto acquired = co_await acquired_later;
    if (acquired && *acquired)
        reply.ok({.value = 0});
    else
        reply.fail(Error::not_permitted);
}

/// Only a group of the terminal's own session may come to its front.
sef::Task Tty::set_group(device::Ioctl request, IoctlReply reply) {
    const auto group = driver::get_argument<std::uint32_t>(reply.caller(), request);
    Status allowed = group ? state_.jobs.may_set_group(request.session, *group) : Status{group.error()};
    if (allowed) {
        const pm::SessionOfGroup question{.group = *group};
        const auto found = co_await sef::request(endpoint::pm, question);
        if (!found)
            allowed = found.error();
        else if (found->session != request.session)
            allowed = Error::not_permitted;
        else  // the leader may have given it up meanwhile
            allowed = state_.jobs.may_set_group(request.session, *group);
    }
    if (allowed) state_.jobs.set_group(*group);
    answer(reply, allowed);
}

/// When the leader lets go the session loses the terminal and the foreground is hung up; a member only forgets it for
/// itself, which is VFS's matter. Of the leader's death VFS tells by the same request.
void Tty::give_up_terminal(const device::Ioctl &request, IoctlReply reply) {
    if (!state_.jobs.belongs_to(request.session)) return reply.fail(Error::not_tty);
    if (request.group == request.session) {
        signal_foreground(terminal_signal::hang_up);
        signal_foreground(terminal_signal::resume);
        state_.jobs.release();
    }
    reply.ok({.value = 0});
}

void Tty::flush(const device::Ioctl &request, IoctlReply reply) {
    if (request.value > static_cast<std::uint64_t>(FlushWhat::both)) return reply.fail(Error::invalid);
    const auto what = static_cast<FlushWhat>(request.value);
    if (what != FlushWhat::output) line_.flush_input();
    if (what != FlushWhat::input) line_.flush_output();
    reply.ok({.value = 0});
    after_change();
}

void Tty::flow(const device::Ioctl &request, IoctlReply reply) {
    switch (static_cast<FlowAction>(request.value)) {
        case FlowAction::stop_output: line_.output().set_stopped(true); break;
        case FlowAction::start_output: line_.output().set_stopped(false); break;
        case FlowAction::send_stop: line_.send_flow_byte(Control::stop); break;
        case FlowAction::send_start: line_.send_flow_byte(Control::start); break;
        default: return reply.fail(Error::invalid);
    }
    reply.ok({.value = 0});
    after_change();
}

void Tty::modem_lines(const device::Ioctl &request, IoctlReply reply) {
    const auto status = uart_.modem_status();
    if (!status) return reply.fail(status.error());
    std::int32_t lines = modem_line::terminal_ready | modem_line::request_to_send;
    if ((*status & uart::clear_to_send) != 0) lines |= modem_line::clear_to_send;
    if ((*status & uart::data_set_ready) != 0) lines |= modem_line::data_set_ready;
    if ((*status & uart::ring) != 0) lines |= modem_line::ring;
    if ((*status & uart::carrier) != 0) lines |= modem_line::carrier;
    answer_with(std::move(reply), request, lines);
}

}  // namespace axo::tty
