// Publish, retrieve and delete.
#include "lib/sys/kernel.hpp"
#include "servers/ds/server.hpp"

namespace axo::ds {

namespace {

constexpr std::uint32_t stored_flags =
    flag::private_retrieve | flag::private_overwrite | flag::private_snapshot | flag::private_subscribe;

bool has_content(Type type) { return type == Type::string || type == Type::memory; }

}  // namespace

void Server::on(Endpoint caller, const Publish &request, sef::ReplyTo<Nothing> reply) {
    reply.status(publish(caller, request));
}

Status Server::publish(Endpoint caller, const Publish &request) {
    const Label owner = TRY(label_of(caller, Error::not_permitted));
    switch (request.type) {
        case Type::number:
        case Type::string:
        case Type::memory: break;
        case Type::map:
            if ((request.flags & flag::overwrite) != 0) return Error::invalid;
            break;
        case Type::label:
            if (caller != endpoint::rs) return Error::not_permitted;
            if (request.key_bytes >= label_size) return Error::invalid;
            break;
        default: return Error::invalid;
    }
    const EntryName name{TRY(read_key(caller, request.key, request.key_bytes)), request.type};
    TRY(check_overwrite(name, owner, request));
    const std::uint64_t bytes = has_content(name.type) ? request.data_bytes : 0;
    if (name.type != Type::label) TRY(store_.check_quota(owner, bytes, store_.find(name)));
    Entry entry;
    entry.owner = owner;
    entry.flags = request.flags & stored_flags;
    TRY(read_content(caller, request, entry));
    return store(name, std::move(entry));
}

// A label also stands in the way of another name for the same endpoint.
Status Server::check_overwrite(const EntryName &name, const Label &caller, const Publish &request) {
    const Entry *old = store_.find(name);
    if (old == nullptr && name.type == Type::label) {
        const Label *other = store_.label_of(Endpoint{static_cast<std::uint32_t>(request.value)});
        if (other != nullptr) old = store_.find(label_name(*other));
    }
    if (old == nullptr) return {};
    if ((request.flags & flag::overwrite) == 0) return Error::exists;
    if (old->hidden_from(caller, flag::private_overwrite)) return Error::not_permitted;
    return {};
}

Status Server::read_content(Endpoint caller, const Publish &request, Entry &entry) {
    if (request.type == Type::map) return read_map(caller, request, entry);
    if (!has_content(request.type)) {
        if (request.type == Type::label && request.value > ~std::uint32_t{0}) return Error::invalid;
        entry.value = request.value;
        return {};
    }
    if (request.data_bytes == 0) return {};
    TRY(entry.data.resize(request.data_bytes));
    return sys::safe_copy_from(caller, request.data, 0, entry.data.data(), request.data_bytes);
}

// Room for the marks first; putting the entry in is then the only step that may fail, and it fails whole.
Status Server::store(const EntryName &name, Entry entry) {
    TRY(subscriptions_.reserve(name, entry));
    if (name.type == Type::label) {
        const Label *old = store_.label_of(entry.endpoint());
        const Label old_label = old == nullptr ? Label::cut(name.key) : *old;
        TRY(store_.put(name, std::move(entry)));
        subscriptions_.rename(old_label, Label::cut(name.key));
    } else {
        TRY(store_.put(name, std::move(entry)));
    }
    changed(name, *store_.find(name), 0);
    return {};
}

void Server::on(Endpoint caller, const Retrieve &request, sef::ReplyTo<Retrieve::Reply> reply) {
    reply.result(retrieve(caller, request));
}

Result<Retrieve::Reply> Server::retrieve(Endpoint caller, const Retrieve &request) {
    const EntryName name{TRY(read_key(caller, request.key, request.key_bytes)), request.type};
    Entry *entry = store_.find(name);
    if (entry == nullptr) return Error::no_process;
    const Label *reader = store_.label_of(caller);
    if (entry->hidden_from(reader == nullptr ? Label{} : *reader, flag::private_retrieve)) return Error::not_permitted;
    if (request.type == Type::map) return retrieve_map(caller, request, *entry);
    if (!has_content(request.type)) return Retrieve::Reply{.value = entry->value, .data_bytes = 0};
    const std::uint64_t bytes = request.data_bytes < entry->data.size() ? request.data_bytes : entry->data.size();
    if (bytes != 0) TRY(sys::safe_copy_to(caller, request.data, 0, entry->data.data(), bytes));
    return Retrieve::Reply{.value = 0, .data_bytes = bytes};
}

void Server::on(Endpoint caller, const Delete &request, sef::ReplyTo<Nothing> reply) {
    reply.status(remove(caller, request));
}

Status Server::remove(Endpoint caller, const Delete &request) {
    const Label owner = TRY(label_of(caller, Error::not_permitted));
    const EntryName name{TRY(read_key(caller, request.key, request.key_bytes)), request.type};
    Entry *entry = store_.find(name);
    if (entry == nullptr) return Error::no_process;
    if (entry->owner != owner) return Error::not_permitted;
    // RS ends a label, with what its owner left behind, by DropLabel.
    if (name.type == Type::label) return drop_label(caller, name.key);
    changed(name, *entry, 1);
    store_.erase(name);
    return {};
}

}  // namespace axo::ds
