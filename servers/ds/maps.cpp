// Maps: pages that their publisher goes on writing, and snapshots of them (ref 4.4).
#include "lib/sys/kernel.hpp"
#include "servers/ds/server.hpp"

namespace axo::ds {

Status Server::read_map(Endpoint caller, const Publish &request, Entry &entry) {
    return entry.map.show(caller, request.data, request.data_bytes);
}

Result<Retrieve::Reply> Server::retrieve_map(Endpoint caller, const Retrieve &request, Entry &entry) {
    if (request.how == MapUse::share) {
        // Who has no label is not heard of when it goes.
        TRY(label_of(caller, Error::not_permitted));
        const GrantId grant = TRY(entry.map.share(caller));
        return Retrieve::Reply{.value = static_cast<std::uint32_t>(grant.value), .data_bytes = entry.map.bytes()};
    }
    if (request.how == MapUse::copy) {
        const std::uint64_t copied = TRY(entry.map.copy_to(caller, request.data, request.data_bytes));
        return Retrieve::Reply{.value = 0, .data_bytes = copied};
    }
    const Vector<std::byte> *snapshot = request.how == MapUse::snapshot ? entry.map.snapshot(request.index) : nullptr;
    if (snapshot == nullptr) return Error::invalid;
    const std::uint64_t bytes = request.data_bytes < snapshot->size() ? request.data_bytes : snapshot->size();
    if (bytes != 0) TRY(sys::safe_copy_to(caller, request.data, 0, snapshot->data(), bytes));
    return Retrieve::Reply{.value = 0, .data_bytes = bytes};
}

void Server::on(Endpoint caller, const Snapshot &request, sef::ReplyTo<Snapshot::Reply> reply) {
    reply.result(take_snapshot(caller, request));
}

Result<Snapshot::Reply> Server::take_snapshot(Endpoint caller, const Snapshot &request) {
    const Label label = TRY(label_of(caller, Error::not_permitted));
    Entry *entry = store_.find({TRY(read_key(caller, request.key, request.key_bytes)), Type::map});
    if (entry == nullptr) return Error::no_process;
    if (entry->hidden_from(label, flag::private_snapshot)) return Error::not_permitted;
    TRY(store_.check_quota(entry->owner, entry->bytes() + entry->map.next_snapshot_bytes(), entry));
    return Snapshot::Reply{.index = TRY(entry->map.take_snapshot())};
}

void Server::end_views_of(Endpoint reader) {
    store_.for_each([reader](const EntryName &, Entry &entry) { entry.map.end_view_of(reader); });
}

}  // namespace axo::ds
