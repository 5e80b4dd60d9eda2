#include "servers/ds/subscriptions.hpp"

#include "lib/sys/log.hpp"

namespace axo::ds {

bool Subscription::wants(const EntryName &name, const Entry &entry) const {
    if (types != 0 && (types & static_cast<std::uint32_t>(name.type)) == 0) return false;
    if (entry.hidden_from(owner, flag::private_subscribe)) return false;
    return pattern.matches(name.key);
}

Subscription *Subscriptions::find(const Label &owner) {
    for (Subscription &subscription : all_) {
        if (subscription.owner == owner) return &subscription;
    }
    return nullptr;
}

Result<Subscription *> Subscriptions::put(Subscription subscription) {
    if (Subscription *old = find(subscription.owner)) {
        *old = std::move(subscription);
        return old;
    }
    TRY(all_.push_back(std::move(subscription)));
    return &all_.back();
}

void Subscriptions::erase(const Label &owner) {
    if (Subscription *subscription = find(owner))
        all_.swap_remove(static_cast<std::size_t>(subscription - all_.data()));
}

void Subscriptions::rename(const Label &from, const Label &to) {
    if (Subscription *subscription = find(from)) subscription->owner = to;
}

Status Subscriptions::reserve(const EntryName &name, const Entry &entry) {
    for (Subscription &subscription : all_) {
        if (subscription.wants(name, entry)) TRY(subscription.marks.reserve(subscription.marks.size() + 1));
    }
    return {};
}

Status Subscriptions::mark_one(Subscription &subscription, const EntryName &name, const Entry &entry) {
    return subscription.marks.push_back({name, entry.owner, 0});
}

void Subscriptions::add_mark(Subscription &subscription, const Mark &mark) {
    for (Mark &old : subscription.marks) {
        if (old.name != mark.name) continue;
        old = mark;
        return;
    }
    if (subscription.marks.push_back(mark)) return;
    const std::string_view owner = subscription.owner;
    sys::log("no memory to tell %.*s of a change", static_cast<int>(owner.size()), owner.data());
}

}  // namespace axo::ds
