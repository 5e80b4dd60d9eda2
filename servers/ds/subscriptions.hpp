// Who wants to hear of which keys, and what each has not been told yet.
#pragma once

#include "servers/ds/pattern.hpp"
#include "servers/ds/store.hpp"

namespace axo::ds {

/// One change a subscriber has not asked for yet; a later change of the same entry takes its place.
struct Mark {
    EntryName name;
    Label owner;
    std::uint32_t deleted;
};

struct Subscription {
    Label owner{};
    Pattern pattern;
    std::uint32_t types = 0;  // 0: all
    Vector<Mark> marks;

    bool wants(const EntryName &name, const Entry &entry) const;
};

class Subscriptions {
public:
    /// Deleted entries a subscriber may have left unasked for; a further one takes the place of the oldest.
    static constexpr std::size_t max_deletions = 64;

    Subscription *find(const Label &owner);

    /// One per owner; replacing forgets the marks. Errors: no_memory.
    Result<Subscription *> put(Subscription subscription);
    void erase(const Label &owner);
    void rename(const Label &from, const Label &to);

    /// Makes room for one more mark in every subscription that would get one. Errors: no_memory.
    Status reserve(const EntryName &name, const Entry &entry);

    /// Marks a change in every subscription that wants it and calls notify(owner) for each. After
    /// reserve this cannot fail; without room (deletions) the mark of that subscriber is lost.
    template <typename F>
    void mark(const EntryName &name, const Entry &entry, std::uint32_t deleted, F notify) {
        for (Subscription &subscription : all_) {
            if (!subscription.wants(name, entry)) continue;
            add_mark(subscription, {name, entry.owner, deleted});
            notify(subscription.owner);
        }
    }

    /// Errors: no_memory.
    static Status mark_one(Subscription &subscription, const EntryName &name, const Entry &entry);

private:
    static void forget_old_deletion(Subscription &subscription);
    static void add_mark(Subscription &subscription, const Mark &mark);

    Vector<Subscription> all_;
};

}  // namespace axo::ds
