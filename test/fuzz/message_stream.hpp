// Random messages at a whole service over the fake kernel. The input is memory that every client grants, then
// records of one message each. A request of a kind the service does not know must be refused at once; one that it
// knows must be answered once, at once or, where the target says so, later.
#pragma once

#include <cstdio>
#include <functional>
#include <map>

#include "test/fuzz/fuzz.hpp"
#include "test/host/fake/fake_sys.hpp"

namespace fuzz {

/// One message in an input. Endpoints and tags are drawn from few, so that messages have to do with each other.
struct MessageRecord {
    std::uint8_t kind;  // call and sender, see MessageStream
    std::uint8_t tag;
    std::uint16_t type;
    std::uint8_t grant_at[2];  // below 14: that 32-bit half of words gets the sender's grant
    std::uint16_t reserved;
    std::uint64_t words[7];
};
static_assert(sizeof(MessageRecord) == 64);

template <class Server>
class MessageStream {
public:
    static constexpr std::size_t granted_bytes = 4096, text_bytes = 64;

    /// May this kind of request wait for its answer?
    using MayWait = std::function<bool(std::uint16_t type)>;

    MessageStream(axo::fake::System &system, axo::fake::Service<Server> &service, MayWait may_wait)
        : system_(system), service_(service), may_wait_(std::move(may_wait)), memory_(granted_bytes) {
        // What the service of the input before left unanswered was answered when it went.
        axo::sys::flush_deferred();
        system_.sent.clear();
        system_.log.clear();
        for (const axo::Endpoint client : clients)
            grants_[client.value] = system_.grant(client, memory_.data(), memory_.size());
    }

    void run(Input &input) {
        const auto text = input.take_bytes(text_bytes);
        std::copy(text.begin(), text.end(), memory_.begin());
        while (!input.empty()) {
            const auto record = input.take<MessageRecord>();
            if (record.kind % 16 == 15)
                service_.notify(client_of(record), record.words[0]);
            else if (record.kind % 16 == 14)
                service_.peer_died(client_of(record));
            else
                request(record);
            check_answers();
        }
    }

private:
    static constexpr axo::Endpoint clients[] = {
        axo::endpoint::vfs,          axo::endpoint::pm,           axo::endpoint::rs,    axo::endpoint::tty,
        axo::Endpoint::make(200, 1), axo::Endpoint::make(201, 7), axo::endpoint::system};

    static axo::Endpoint client_of(const MessageRecord &record) {
        return clients[record.kind / 16 % std::size(clients)];
    }

    void request(const MessageRecord &record) {
        axo::Message message{};
        message.source = client_of(record);
        message.type = record.type;
        message.tag = 0x1000 + ++tags_;  // as the kernel makes sure for SENDREC: one answer per tag
        const bool by_user = record.kind % 16 == 13;
        const bool async = record.kind % 16 == 12;
        message.flags = static_cast<std::uint16_t>(async ? axo::IpcCall::senda : axo::IpcCall::sendrec);
        if (by_user) message.flags |= axo::message_flag::from_user;
        std::memcpy(message.words, record.words, sizeof message.words);
        for (const std::uint8_t place : record.grant_at) put_grant(message, place);
        owed_[message.tag] = message.type;
        const bool known =
            !by_user && (Server::Requests::has(message.type) || (message.type & 0xff00) == axo::message_type::common);
        service_.deliver(message);
        check_answers();
        const bool waits = owed_.contains(message.tag);
        require(!waits || (known && may_wait_(message.type)), "a request is answered");
        require(known || last_status_ < 0, "an unknown request is refused");
    }

    void put_grant(axo::Message &message, std::uint8_t place) {
        if (place >= 14) return;
        const axo::GrantId grant = grants_.at(message.source.value);
        std::memcpy(reinterpret_cast<std::byte *>(message.words) + place * sizeof grant, &grant, sizeof grant);
    }

    /// Every reply answers something that is owed an answer, once, with a status that clients understand.
    void check_answers() {
        for (const auto &sent : system_.sent) {
            if (!sent.message.is_reply()) continue;
            const bool owed = owed_.erase(sent.message.tag) == 1;
            if (!owed)
                std::fprintf(stderr, "answer of type %x, tag %lx to %x\n", sent.message.type, sent.message.tag,
                             sent.peer.value);
            require(owed, "one answer to each request");
            last_status_ = sent.message.status();
            require(last_status_ > -1024, "the status is an error we have");
        }
        system_.sent.clear();
        for (const std::string &line : system_.log)
            require(line.find("never answered") == line.npos, "no request is forgotten");
        system_.log.clear();
    }

    axo::fake::System &system_;
    axo::fake::Service<Server> &service_;
    MayWait may_wait_;
    Bytes memory_;
    std::map<std::uint32_t, axo::GrantId> grants_;
    std::map<std::uint64_t, std::uint16_t> owed_;  // tag, type
    std::uint64_t tags_ = 0;
    std::int64_t last_status_ = 0;
};

/// For seeds: `text` in the granted memory, then requests, whose grants are put in by the stream.
class StreamSeed {
public:
    explicit StreamSeed(std::string_view text) : bytes_(bytes_of(text)) { bytes_.resize(64); }

    /// sender: index into the stream's clients; grant_at: 32-bit half of the request that is a grant, or 255.
    template <axo::Request R>
    StreamSeed &add(unsigned sender, const R &request, unsigned grant_at = 255) {
        const axo::Message message = axo::encode_request(request, 0);
        MessageRecord record{static_cast<std::uint8_t>(sender * 16),     0, R::number,
                             {static_cast<std::uint8_t>(grant_at), 255}, 0, {}};
        std::memcpy(record.words, message.words, sizeof record.words);
        append(bytes_, record);
        return *this;
    }
    Bytes bytes() const { return bytes_; }

private:
    Bytes bytes_;
};

}  // namespace fuzz
