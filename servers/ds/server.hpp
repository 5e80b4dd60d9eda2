// The rules of DS: who may publish, overwrite, read, delete and subscribe (ref 4.2).
#pragma once

#include "lib/sef/sef.hpp"
#include "servers/ds/store.hpp"
#include "servers/ds/subscriptions.hpp"

namespace axo::ds {

class Server {
public:
    struct State {
        Store store;
        Subscriptions subscriptions;
    };
    using Requests = ds::Requests;

    explicit Server(State &state) : store_(state.store), subscriptions_(state.subscriptions) {}

    /// Takes the labels of the boot services from RS's table.
    Status init(const sef::Init &init);

    void on(Endpoint caller, const Publish &request, sef::ReplyTo<Nothing> reply);
    void on(Endpoint caller, const Retrieve &request, sef::ReplyTo<Retrieve::Reply> reply);
    void on(Endpoint caller, const Subscribe &request, sef::ReplyTo<Nothing> reply);
    void on(Endpoint caller, const Check &request, sef::ReplyTo<Check::Reply> reply);
    void on(Endpoint caller, const Delete &request, sef::ReplyTo<Nothing> reply);
    void on(Endpoint caller, const Snapshot &request, sef::ReplyTo<Snapshot::Reply> reply);
    void on(Endpoint caller, const LabelOf &request, sef::ReplyTo<LabelOf::Reply> reply);
    void on(Endpoint caller, const EndpointOf &request, sef::ReplyTo<EndpointOf::Reply> reply);
    void on(Endpoint caller, const DropLabel &request, sef::ReplyTo<Nothing> reply);

private:
    Status add_boot_label(std::string_view label, Endpoint process);
    Result<Label> label_of(Endpoint caller, Error unknown) const;
    static Result<Key> read_key(Endpoint caller, GrantId grant, std::uint32_t bytes);

    Status publish(Endpoint caller, const Publish &request);
    Status check_overwrite(const EntryName &name, const Label &caller, const Publish &request);
    static Status read_content(Endpoint caller, const Publish &request, Entry &entry);
    Status store(const EntryName &name, Entry entry);

    Result<Retrieve::Reply> retrieve(Endpoint caller, const Retrieve &request);

    static Status read_map(Endpoint caller, const Publish &request, Entry &entry);
    Result<Retrieve::Reply> retrieve_map(Endpoint caller, const Retrieve &request, Entry &entry);
    Result<Snapshot::Reply> take_snapshot(Endpoint caller, const Snapshot &request);
    void end_views_of(Endpoint reader);

    Status subscribe(Endpoint caller, const Subscribe &request);
    Status mark_existing(Subscription &subscription);
    Result<Check::Reply> check(Endpoint caller, const Check &request);
    Status remove(Endpoint caller, const Delete &request);
    Status drop_label(Endpoint caller, std::string_view text);

    void changed(const EntryName &name, const Entry &entry, std::uint32_t deleted);
    void notify(const Label &owner);

    Store &store_;
    Subscriptions &subscriptions_;
};

}  // namespace axo::ds
