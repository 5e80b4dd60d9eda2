// Subscribe and check.
#include "lib/sys/kernel.hpp"
#include "servers/ds/server.hpp"

namespace axo::ds {

void Server::on(Endpoint caller, const Subscribe &request, sef::ReplyTo<Nothing> reply) {
    reply.status(subscribe(caller, request));
}

Status Server::subscribe(Endpoint caller, const Subscribe &request) {
    const Label owner = TRY(label_of(caller, Error::no_process));
    if (subscriptions_.find(owner) != nullptr && (request.flags & flag::overwrite) == 0) return Error::exists;
    if (request.pattern_bytes < 1 || request.pattern_bytes > Pattern::max_bytes) return Error::invalid;
    char text[Pattern::max_bytes];
    TRY(sys::safe_copy_from(caller, request.pattern, 0, text, request.pattern_bytes));
    Subscription subscription;
    subscription.owner = owner;
    subscription.types = request.types;
    subscription.pattern = TRY(Pattern::compile({text, request.pattern_bytes}));
    if ((request.flags & flag::initial) != 0) TRY(mark_existing(subscription));
    const bool news = !subscription.marks.empty();
    TRY(subscriptions_.put(std::move(subscription)));
    if (news) notify(owner);
    return {};
}

Status Server::mark_existing(Subscription &subscription) {
    Status result{};
    store_.for_each([&](const EntryName &name, const Entry &entry) {
        if (result && subscription.wants(name, entry)) { result = Subscriptions::mark_one(subscription, name, entry); }
    });
    return result;
}

void Server::on(Endpoint caller, const Check &request, sef::ReplyTo<Check::Reply> reply) {
    reply.result(check(caller, request));
}

// The mark goes only once the subscriber has the key.
Result<Check::Reply> Server::check(Endpoint caller, const Check &request) {
    const Label owner = TRY(label_of(caller, Error::no_process));
    Subscription *subscription = subscriptions_.find(owner);
    if (subscription == nullptr) return Error::no_process;
    if (subscription->marks.empty()) return Error::no_entry;
    const Mark mark = subscription->marks.front();
    TRY(sys::safe_copy_to(caller, request.key, 0, mark.name.key.text, sizeof mark.name.key.text));
    subscription->marks.erase(0);
    const Entry *entry = store_.find(mark.name);
    return Check::Reply{
        .type = mark.name.type,
        .owner = store_.endpoint_of(mark.owner),
        .key_bytes = static_cast<std::uint32_t>(mark.name.key.size()),
        .deleted = mark.deleted,
        .value = entry == nullptr ? 0 : entry->value,
    };
}

}  // namespace axo::ds
