// Reserving: RS says who may, and keeps what was given, so that this server has nothing to remember. Who crashes or is
// updated, on either side, loses nothing.
#include "axo/rs_protocol.hpp"
#include "drivers/pci/server.hpp"
#include "lib/base/fixed_string.hpp"
#include "lib/sys/ds.hpp"

namespace axo::pci {

namespace {

sef::Async<Status> check_use(const Function *function, const Label *label) {
    rs::MayUseDevice question{function->vendor, function->device, function->class_code, {}};
    put_text(question.label, label->view());
    const auto answer = co_await sef::request(endpoint::rs, question);
    co_return answer ? Status{} : Status{answer.error()};
}

sef::Async<Status> give(const Label *label, rs::RightKind kind, std::uint64_t first, std::uint64_t second) {
    rs::GiveRight right{kind, 0, first, second, {}};
    put_text(right.label, label->view());
    const auto answer = co_await sef::request(endpoint::rs, right);
    co_return answer ? Status{} : Status{answer.error()};
}

/// A right to part of a page would be one to its neighbours.
bool is_whole_pages(const Bar &bar) { return bar.size % page_size == 0; }

sef::Async<Status> give_range(const Bar *bar, const Label *label) {
    if (bar->size == 0 || bar->address == 0) co_return Status{};
    if (bar->kind == Bar::Kind::io) {
        auto giving = give(label, rs::RightKind::ports, bar->address, bar->address + bar->size - 1);
        co_return co_await giving;
    }
    if (!is_whole_pages(*bar)) co_return Status{};
    auto giving = give(label, rs::RightKind::memory, bar->address, bar->size);
    co_return co_await giving;
}

sef::Async<Status> give_all(const Function *function, const Label *label) {
    for (const Bar &bar : function->bars) {
        auto giving = give_range(&bar, label);
        const Status given = co_await giving;
        if (!given) co_return given;
    }
    const std::uint8_t line = function->interrupt_line;
    if (function->interrupt_pin == 0 || line == 0 || line == no_line) co_return Status{};
    auto giving = give(label, rs::RightKind::interrupt, line, 0);
    co_return co_await giving;
}

/// Until now it may have answered at addresses that nobody knows of.
Status let_decode(Place place) {
    const std::uint32_t before = TRY(read_register(place, reg::command, Width::word));
    return write_register(place, reg::command, Width::word, before | command::io | command::memory);
}

sef::Async<Status> reserve(Function function, Endpoint caller) {
    const auto label = sys::ds::label_of(caller);
    if (!label) co_return label.error();
    auto checking = check_use(&function, &*label);
    Status done = co_await checking;
    if (!done) co_return done;
    auto giving = give_all(&function, &*label);
    done = co_await giving;
    if (!done) co_return done;
    co_return let_decode(function.place);
}

}  // namespace

sef::Task Server::on(Endpoint caller, Reserve request, sef::ReplyTo<Nothing> reply) {
    const auto function = at(request.place);
    if (!function) {
        reply.fail(function.error());
        co_return;
    }
    auto reserving = reserve(**function, caller);  // a copy: a rescan may come meanwhile
    reply.status(co_await reserving);
}

}  // namespace axo::pci
