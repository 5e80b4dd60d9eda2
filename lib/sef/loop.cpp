// Startup and the service-independent half of the main loop.
#include "lib/sef/loop.hpp"

#include <cstring>

#include "axo/layout.hpp"
#include "lib/base/fixed_string.hpp"
#include "lib/sef/context.hpp"
#include "lib/sef/coroutine.hpp"
#include "lib/sef/reply.hpp"
#include "lib/sef/request.hpp"
#include "lib/sef/schema.hpp"
#include "lib/sef/timer.hpp"
#include "lib/sys/arena.hpp"
#include "lib/sys/clock.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"

namespace axo::sef::detail {

namespace {

/// What RS sent to the version that was here before: news for somebody who is gone.
void drop_stale(const Message &message) {
    if (message.is_notification() || message.is_reply()) return;
    ReplyTo<Nothing> reply(message);
    reply.fail(Error::interrupted);
}

}  // namespace

void start_process() {
    const auto info = sys::self_info();
    if (info) {
        context().self = info->endpoint;
        sys::set_log_name(text_of(info->name));
    }
    const auto *record = reinterpret_cast<const layout::StartRecord *>(layout::start_record);
    if (record->magic != layout::StartRecord::expected_magic) sys::panic("the loader left no start record");
    sys::start_arena(record->arena_bytes, record->scratch_bytes);
    sys::start_clock();
    sys::on_refusal(&keep_refused);
}

Endpoint own_endpoint() { return context().self; }

rs::Init await_init() {
    for (;;) {
        Message message;
        const Status received = sys::receive(endpoint::rs, message);
        if (!received) sys::panic("no init request: error %d", static_cast<int>(received.error()));
        const bool is_init = message.type == rs::Init::number && !message.is_notification() && !message.is_reply();
        if (!is_init) {
            drop_stale(message);
            continue;
        }
        ReplyTo<Nothing> reply(message);
        reply.ok();
        return decode_request<rs::Init>(message);
    }
}

void report_init(const Status &result, std::uint64_t protocols) {
    const rs::InitReady ready{
        .result = to_wire(result), .schema = own_schema_hash(), .name = own_name_hash(), .protocols = protocols};
    const auto accepted = sys::call_ending_turn(endpoint::rs, ready);
    if (!accepted) sys::panic("init refused by rs: error %d", static_cast<int>(accepted.error()));
}

void *place_state(std::size_t bytes, std::size_t align) {
    const auto memory = arena_heap().allocate(bytes, align);
    if (!memory) sys::panic("no memory for %zu bytes of state", bytes);
    sys::ArenaHeader &header = sys::arena();
    header.state = *memory;
    header.schema = own_schema_hash();
    if (const Schema *schema = own_schema(); schema != nullptr) {
        const auto table = arena_heap().allocate(schema->bytes());
        if (!table) sys::panic("no memory for the schema of the state");
        std::memcpy(*table, schema, schema->bytes());
        header.schema_table = *table;
    }
    return header.state;
}

void next_message(Message &message) {
    timers().arm();
    for (;;) {
        const Status received = sys::send_and_receive(endpoint::any, message);
        if (received) break;
        if (received.error() != Error::again)
            sys::panic("receive failed: error %d", static_cast<int>(received.error()));
        run_ready();  // whoever sent what was refused goes on with the error
        timers().arm();
    }
    sys::allow_deferring();
}

bool swallow(const Message &message, bool pong) {
    if (message.is_notification()) {
        if (message.source == endpoint::clock) {
            timers().on_alarm();
            return true;
        }
        if (message.source == endpoint::rs) {
            if (pong) static_cast<void>(tell(endpoint::rs, rs::Pong{}));
            return true;
        }
        return false;
    }
    if (message.is_reply()) {
        pending_requests().on_reply(message);
        return true;
    }
    return false;
}

void refuse(const Message &message, Error error) {
    const std::uint64_t refused = ++context().refused;
    // Who sends nonsense is worth a line, but not one per message of a flood.
    if ((refused & (refused - 1)) == 0) {
        sys::log("message of type %x from %x refused, %lu so far", message.type, message.source.value, refused);
    }
    ReplyTo<Nothing> reply(message);
    reply.fail(error);
}

std::uint64_t refused_requests() { return context().refused; }

}  // namespace axo::sef::detail

namespace axo::sef {

void forget_coroutines() {
    context().live_frames = 0;
    context().ready.forget();
    timers().forget();
    outbox().forget();
    pending_requests().forget();
}

}  // namespace axo::sef
