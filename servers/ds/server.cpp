// Startup, names and labels.
#include "servers/ds/server.hpp"

#include "lib/sys/kernel.hpp"

namespace axo::ds {

Status Server::init(const sef::Init &init) {
    if (init.kind == rs::InitKind::update) return {};  // the State has it all
    if (init.kind != rs::InitKind::fresh) return Error::no_syscall;
    TRY(add_boot_label("rs", endpoint::rs));
    TRY(add_boot_label("ds", endpoint::ds));
    for (std::uint32_t i = 0; i < init.table_count; ++i) {
        rs::PublicEntry entry;
        TRY(sys::safe_copy_from(endpoint::rs, init.table, i * sizeof entry, &entry, sizeof entry));
        TRY(add_boot_label(text_of(entry.label), entry.endpoint));
    }
    return {};
}

Status Server::add_boot_label(std::string_view label, Endpoint process) {
    if (label.empty() || !process.is_process()) return {};
    Entry entry;
    entry.owner = Label::cut("rs");
    entry.value = process.value;
    return store_.put(label_name(label), std::move(entry));
}

Result<Label> Server::label_of(Endpoint caller, Error unknown) const {
    const Label *label = store_.label_of(caller);
    if (label == nullptr) return unknown;
    return *label;
}

Result<Key> Server::read_key(Endpoint caller, GrantId grant, std::uint32_t bytes) {
    if (bytes < 1 || bytes >= key_max) return Error::invalid;
    Key key{};
    TRY(sys::safe_copy_from(caller, grant, 0, key.text, bytes));
    if (key.size() != bytes) return Error::invalid;  // a NUL inside
    return key;
}

void Server::changed(const EntryName &name, const Entry &entry, std::uint32_t deleted) {
    subscriptions_.mark(name, entry, deleted, [this](const Label &owner) { notify(owner); });
}

// A subscriber that just died is no matter of the publisher.
void Server::notify(const Label &owner) {
    const Endpoint subscriber = store_.endpoint_of(owner);
    if (subscriber != endpoint::none) static_cast<void>(sys::notify(subscriber));
}

void Server::on(Endpoint, const LabelOf &request, sef::ReplyTo<LabelOf::Reply> reply) {
    const auto label = label_of(request.endpoint, Error::no_process);
    if (!label) return reply.fail(label.error());
    LabelOf::Reply answer{};
    put_text(answer.label, *label);
    reply.ok(answer);
}

void Server::on(Endpoint, const EndpointOf &request, sef::ReplyTo<EndpointOf::Reply> reply) {
    const Endpoint process = store_.endpoint_of(text_of(request.label));
    if (process == endpoint::none) return reply.fail(Error::no_process);
    reply.ok({.endpoint = process});
}

void Server::on(Endpoint caller, const DropLabel &request, sef::ReplyTo<Nothing> reply) {
    reply.status(drop_label(caller, text_of(request.label)));
}

// The subscription goes first: the owner itself hears of nothing any more.
Status Server::drop_label(Endpoint caller, std::string_view text) {
    if (caller != endpoint::rs) return Error::not_permitted;
    const Endpoint process = store_.endpoint_of(text);
    if (process == endpoint::none) return Error::no_process;
    const Label label = Label::cut(text);
    subscriptions_.erase(label);
    const EntryName own = label_name(text);
    store_.erase_if([&](const EntryName &name, const Entry &entry) {
        const bool goes = name == own || (name.type != Type::label && entry.owner == label);
        if (goes) changed(name, entry, 1);
        return goes;
    });
    end_views_of(process);
    store_.forget_label(process);
    return {};
}

}  // namespace axo::ds
