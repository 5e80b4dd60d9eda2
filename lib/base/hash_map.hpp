// A hash table with open addressing over a named heap. Entries move when the table changes: a
// pointer to a value is good until the next insert or erase.
#pragma once

#include "lib/base/assert.hpp"
#include "lib/base/hash.hpp"
#include "lib/base/heap.hpp"

namespace axo {

template <typename K, typename V, typename Hasher = Hash<K>>
class HashMap {
    struct Slot {
        std::uint32_t hash;  // with occupied_bit, or 0: free
        alignas(K) std::byte key[sizeof(K)];
        alignas(V) std::byte value[sizeof(V)];

        K &k() { return *std::launder(reinterpret_cast<K *>(key)); }
        V &v() { return *std::launder(reinterpret_cast<V *>(value)); }
        bool occupied() const { return hash != 0; }
    };

public:
    explicit HashMap(Heap &heap = arena_heap()) : heap_(&heap) {}
    HashMap(const HashMap &) = delete;
    HashMap &operator=(const HashMap &) = delete;
    HashMap(HashMap &&other) noexcept
        : heap_(other.heap_),
          slots_(std::exchange(other.slots_, nullptr)),
          capacity_(std::exchange(other.capacity_, 0)),
          size_(std::exchange(other.size_, 0)) {}
    ~HashMap() {
        clear();
        heap_->free(slots_);
    }

    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }

    /// The value of `key`, or null.
    template <typename Q>
    V *find(const Q &key) {
        const std::size_t index = locate(key);
        return index == none ? nullptr : &slots_[index].v();
    }
    template <typename Q>
    const V *find(const Q &key) const {
        return const_cast<HashMap *>(this)->find(key);
    }
    template <typename Q>
    bool contains(const Q &key) const {
        return find(key) != nullptr;
    }

    /// Adds a new key. Errors: exists, no_memory.
    Result<V *> insert(K key, V value) {
        if (find(key) != nullptr) return Error::exists;
        if ((size_ + 1) * 4 > capacity_ * 3) TRY(grow());
        return place(tagged(Hasher::of(key)), std::move(key), std::move(value));
    }

    /// Adds a key or replaces its value. Errors: no_memory.
    Result<V *> put(K key, V value) {
        if (V *old = find(key)) {
            *old = std::move(value);
            return old;
        }
        return insert(std::move(key), std::move(value));
    }

    template <typename Q>
    bool erase(const Q &key) {
        const std::size_t index = locate(key);
        if (index == none) return false;
        erase_at(index);
        return true;
    }

    void clear() {
        for (std::size_t i = 0; i < capacity_; ++i) {
            if (slots_[i].occupied()) end(slots_[i]);
        }
        size_ = 0;
    }

    /// Calls visit(key, value) for every entry, in no order; visit must not change the table.
    template <typename F>
    void for_each(F visit) {
        for (std::size_t i = 0; i < capacity_; ++i) {
            if (slots_[i].occupied()) visit(std::as_const(slots_[i].k()), slots_[i].v());
        }
    }
    template <typename F>
    void for_each(F visit) const {
        const_cast<HashMap *>(this)->for_each([&](const K &key, const V &value) { visit(key, value); });
    }

    /// Removes every entry for which match(key, value) holds.
    template <typename F>
    void erase_if(F match) {
        for (std::size_t i = 0; i < capacity_;) {
            // After a removal another entry may have moved here: look at the place again.
            if (slots_[i].occupied() && match(std::as_const(slots_[i].k()), slots_[i].v()))
                erase_at(i);
            else
                ++i;
        }
    }

private:
    static constexpr std::size_t none = ~std::size_t{0};
    static constexpr std::uint32_t occupied_bit = 0x8000'0000;

    static std::uint32_t tagged(std::uint64_t hash) { return static_cast<std::uint32_t>(hash) | occupied_bit; }
    std::size_t mask() const { return capacity_ - 1; }

    template <typename Q>
    static std::uint32_t hash_of(const Q &key) {
        if constexpr (requires { Hasher::of(key); })
            return tagged(Hasher::of(key));
        else
            return tagged(Hash<Q>::of(key));
    }

    template <typename Q>
    std::size_t locate(const Q &key) {
        if (size_ == 0) return none;
        const std::uint32_t hash = hash_of(key);
        for (std::size_t i = hash & mask(); slots_[i].occupied(); i = (i + 1) & mask()) {
            if (slots_[i].hash == hash && slots_[i].k() == key) return i;
        }
        return none;
    }

    V *place(std::uint32_t hash, K &&key, V &&value) {
        std::size_t i = hash & mask();
        while (slots_[i].occupied()) i = (i + 1) & mask();
        slots_[i].hash = hash;
        ::new (slots_[i].key) K(std::move(key));
        V *placed = ::new (slots_[i].value) V(std::move(value));
        ++size_;
        return placed;
    }

    static void end(Slot &slot) {
        slot.k().~K();
        slot.v().~V();
        slot.hash = 0;
    }

    // Entries after the hole that probed past it move up, so that no search ends early.
    void erase_at(std::size_t hole) {
        end(slots_[hole]);
        --size_;
        for (std::size_t i = (hole + 1) & mask(); slots_[i].occupied(); i = (i + 1) & mask()) {
            const std::size_t home = slots_[i].hash & mask();
            if (((i - home) & mask()) < ((i - hole) & mask())) continue;
            slots_[hole].hash = slots_[i].hash;
            ::new (slots_[hole].key) K(std::move(slots_[i].k()));
            ::new (slots_[hole].value) V(std::move(slots_[i].v()));
            end(slots_[i]);
            hole = i;
        }
    }

    Status grow() {
        const std::size_t old_capacity = capacity_;
        const std::size_t capacity = old_capacity == 0 ? 8 : old_capacity * 2;
        void *memory = TRY(heap_->allocate(capacity * sizeof(Slot), alignof(Slot)));
        Slot *old = std::exchange(slots_, static_cast<Slot *>(memory));
        for (std::size_t i = 0; i < capacity; ++i) slots_[i].hash = 0;
        capacity_ = capacity;
        size_ = 0;
        for (std::size_t i = 0; i < old_capacity; ++i) {
            if (!old[i].occupied()) continue;
            place(old[i].hash, std::move(old[i].k()), std::move(old[i].v()));
            end(old[i]);
        }
        heap_->free(old);
        return {};
    }

    Heap *heap_;
    Slot *slots_ = nullptr;
    std::size_t capacity_ = 0, size_ = 0;  // capacity: 0 or a power of two
};

}  // namespace axo
