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

// Marks of entries that exist are as many as those; those of deleted ones would grow without end for a subscriber that
// does not ask.
void Subscriptions::forget_old_deletion(Subscription &subscription) {
    std::size_t deletions = 0, oldest = 0;
    for (std::size_t i = subscription.marks.size(); i-- != 0;) {
        if (subscription.marks[i].deleted == 0) continue;
        ++deletions;
        oldest = i;
    }
    if (deletions > max_deletions) subscription.marks.erase(oldest);
}

void Subscriptions::add_mark(Subscription &subscription, const Mark &mark) {
    Mark *old = nullptr;
    for (Mark &each : subscription.marks) {
        if (each.name == mark.name) old = &each;
    }
    if (old != nullptr) {
        *old = mark;
    } else if (!subscription.marks.push_back(mark)) {
        const std::string_view owner = subscription.owner;
        sys::log("no memory to tell %.*s of a change", static_cast<int>(owner.size()), owner.data());
    }
    if (mark.deleted != 0) forget_old_deletion(subscription);
}

}  // namespace axo::ds
