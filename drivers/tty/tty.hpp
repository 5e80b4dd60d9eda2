// The terminal driver: one serial line, reached as /dev/ttyS0 and /dev/console. It connects the
// line discipline, the serial port and the requests that wait; it decides nothing else.
#pragma once

#include "drivers/tty/job_control.hpp"
#include "drivers/tty/line.hpp"
#include "drivers/tty/log_filter.hpp"
#include "drivers/tty/uart.hpp"
#include "lib/driver/character.hpp"
#include "lib/driver/pending.hpp"

namespace axo::tty {

inline constexpr std::uint32_t minor_serial = 64, minor_console = 1;
inline constexpr std::uint16_t com1_port = 0x3f8;
inline constexpr unsigned com1_line = 4;

/// Ports by kernel call.
struct KernelPorts {
    Status run(std::span<PortAccess> accesses);
};

/// An ioctl that waits until all output is gone.
struct Drain {
    sef::ReplyTo<device::Ioctl::Reply> reply;
    Termios settings;
    bool set, flush;
};

struct TtyState {
    driver::CharacterState driver;
    Line line;
    JobControl jobs;
    WindowSize window{.rows = 24, .columns = 80, .pixels_x = 0, .pixels_y = 0};
    std::uint64_t log_position = 0;  // of the kernel log: what is on the console already
    bool log_waits = false;
    LogFilter log_filter;
    driver::PendingQueue<device::Read> reads;
    driver::PendingQueue<device::Write> writes;
    Vector<Drain> drains;
};

class Tty : public driver::CharacterDriver<Tty> {
public:
    using State = TtyState;

    explicit Tty(State &state) : CharacterDriver(state.driver), state_(state), line_(state.line) {}

    Status init(const sef::Init &init);
    void activated();
    void on_notification(Endpoint source, std::uint64_t bits);

    Result<device::Open::Reply> open(const device::Open &request);
    void finish_open(const device::Open &request, const device::Open::Reply &opened, driver::Reply<device::Open> reply);
    void close(std::uint32_t minor);
    void read(const device::Read &request, driver::Reply<device::Read> reply);
    void write(const device::Write &request, driver::Reply<device::Write> reply);
    void ioctl(const device::Ioctl &request, driver::Reply<device::Ioctl> reply);
    std::uint32_t ready(std::uint32_t minor);
    bool cancel(Endpoint requester, std::uint64_t tag);

    // ---- what the serial port calls
    void input(std::uint8_t byte) { line_.input(byte); }
    void input_break() { line_.input_break(); }
    void input_error(std::uint8_t byte) { line_.input_error(byte); }

private:
    using IoctlReply = driver::Reply<device::Ioctl>;

    // tty.cpp
    void serial_interrupt();
    void skip_kernel_log();
    void show_kernel_log();
    std::size_t show_lines(std::string_view text);
    void after_change();
    bool pump();
    void finish_drains();
    void signal_foreground(unsigned signal);
    bool in_background(const auto &request) const { return state_.jobs.in_background(request.session, request.group); }

    // tty_transfer.cpp
    void serve_reads();
    bool ends_by_time(std::uint64_t bytes) const;
    bool serve_read(driver::PendingTransfer<device::Read> &pending);
    void arm_read_timer();
    void read_timed_out();
    void serve_writes();
    bool serve_write(driver::PendingTransfer<device::Write> &pending);
    Result<std::uint64_t> deliver(Endpoint to, GrantId buffer, std::uint64_t bytes);

    // tty_ioctl.cpp
    void ioctl_settings(const device::Ioctl &request, IoctlReply reply);
    void ioctl_window(const device::Ioctl &request, IoctlReply reply);
    void ioctl_jobs(const device::Ioctl &request, IoctlReply reply);
    sef::Task set_group(device::Ioctl request, IoctlReply reply);
    void give_up_terminal(const device::Ioctl &request, IoctlReply reply);
    void flush(const device::Ioctl &request, IoctlReply reply);
    void flow(const device::Ioctl &request, IoctlReply reply);
    void modem_lines(const device::Ioctl &request, IoctlReply reply);
    void wait_for_drain(Drain drain);
    sef::Task take_terminal(std::uint32_t session, std::uint32_t group, IoctlReply reply);

    // tty_session.cpp
    sef::Task take_at_open(device::Open request, device::Open::Reply opened, driver::Reply<device::Open> reply);
    sef::Async<Result<bool>> acquire(std::uint32_t session, std::uint32_t group);

    State &state_;
    Line &line_;
    KernelPorts ports_;
    Uart<KernelPorts> uart_{ports_, com1_port};
    sef::Timer read_timer_;
    bool updated_ = false;         // the chip is as a predecessor set it up, and its State is ours
    std::size_t timed_bytes_ = 0;  // that were there when the timer was set
};

/// To a process group, by PM; the terminal does not wait for it.
sef::Task send_signal(std::uint32_t group, unsigned signal);

}  // namespace axo::tty
