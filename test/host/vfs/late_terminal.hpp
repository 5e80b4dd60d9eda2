// A terminal driver that speaks the bounded protocol: it never keeps a read or write that would wait for an event, but
// says `again` and reports once. Every answer and report waits in a queue until the test lets it go, in any order.
#pragma once

#include "test/host/vfs/vfs_machine.hpp"

namespace axo::fake {

class LateTerminal {
public:
    static constexpr std::uint32_t minor = 1;  // the console

    LateTerminal(System &system, Service<vfs::Vfs> &server) : system_(system), server_(server) {
        for (const std::uint16_t number : {device::Read::number, device::Write::number, device::Poll::number})
            system_.peer_hooks.erase(number);
    }

    std::string input, output;
    std::size_t room = ~std::size_t{0};  // of what can still be written
    unsigned requests = 0;
    std::uint32_t read_flags = 0;  // of the last read

    /// Takes what VFS has asked since; answers wait in `outgoing`.
    void take_requests() {
        while (const auto sent = system_.take_request(device::Read::number)) read(sent->message);
        while (const auto sent = system_.take_request(device::Write::number)) write(sent->message);
        while (const auto sent = system_.take_request(device::Poll::number)) poll(sent->message);
    }
    /// Something happened: whoever is owed a report gets one.
    void type(std::string_view text) {
        input += text;
        report();
    }
    void drain(std::size_t bytes) {
        room = bytes;
        report();
    }

    std::deque<Message> outgoing;
    void let_go(std::size_t index = 0) {
        const Message message = outgoing[index];
        outgoing.erase(outgoing.begin() + static_cast<std::ptrdiff_t>(index));
        server_.deliver(message);
    }
    /// Works until nobody asks anything and everything was delivered.
    void run() {
        for (take_requests(); !outgoing.empty(); take_requests()) let_go();
    }

private:
    using Event = std::uint32_t;

    void answer(const Message &request, Message reply) {
        reply.source = endpoint::tty;
        reply.tag = request.tag;
        reply.flags = static_cast<std::uint16_t>(static_cast<unsigned>(IpcCall::senda) | message_flag::reply);
        outgoing.push_back(reply);
    }
    void again(const Message &message, std::uint32_t flags, Event event) {
        if ((flags & device::open_flag::bounded) != 0) armed_ |= event;
        EXPECT_NE(flags & (device::open_flag::bounded | device::open_flag::nonblock), 0u) << "it would wait for ever";
        answer(message, encode_error(message.type, message.tag, to_wire(Error::again)));
    }

    void read(const Message &message) {
        ++requests;
        const auto request = decode_request<device::Read>(message);
        read_flags = request.flags;
        if (input.empty()) return again(message, request.flags, device::poll_event::read_again);
        const auto memory = system_.granted(request.buffer, endpoint::tty);
        const std::size_t bytes = std::min({input.size(), memory.size(), static_cast<std::size_t>(request.bytes)});
        std::memcpy(memory.data(), input.data(), bytes);
        input.erase(0, bytes);
        answer(message, encode_reply(message.type, message.tag, device::Read::Reply{bytes}));
    }
    void write(const Message &message) {
        ++requests;
        const auto request = decode_request<device::Write>(message);
        if (room == 0) return again(message, request.flags, device::poll_event::write_again);
        const auto memory = system_.granted(request.buffer, endpoint::tty);
        const std::size_t bytes = std::min({room, memory.size(), static_cast<std::size_t>(request.bytes)});
        output.append(reinterpret_cast<const char *>(memory.data()), bytes);
        room -= bytes;
        answer(message, encode_reply(message.type, message.tag, device::Write::Reply{bytes}));
    }
    void poll(const Message &message) {
        ++requests;
        const auto request = decode_request<device::Poll>(message);
        const Event now = ready() & request.events;
        if (now == 0 && request.watch != 0) armed_ |= request.events;
        answer(message, encode_reply(message.type, message.tag, device::Poll::Reply{now, 0}));
    }

    Event ready() const {
        Event events = 0;
        if (!input.empty()) events |= device::poll_event::in | device::poll_event::read_again;
        if (room != 0) events |= device::poll_event::out | device::poll_event::write_again;
        return events;
    }
    void report() {
        const Event told = ready() & armed_;
        armed_ &= ~told;
        if (told == 0) return;
        Message message = encode_request(device::PollReady{minor, told}, next_tag_++);
        message.source = endpoint::tty;
        message.flags = static_cast<std::uint16_t>(IpcCall::senda);
        outgoing.push_back(message);
    }

    System &system_;
    Service<vfs::Vfs> &server_;
    Event armed_ = 0;
    std::uint64_t next_tag_ = 0x7000'0000;
};

}  // namespace axo::fake
