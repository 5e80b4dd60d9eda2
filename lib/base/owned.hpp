// Owned<T>: one object on a heap, destroyed with its owner.
#pragma once

#include "lib/base/heap.hpp"

namespace axo {

template <typename T>
class Owned {
public:
    Owned() = default;
    Owned(Heap &heap, T *object) : heap_(&heap), object_(object) {}
    Owned(Owned &&other) noexcept : heap_(other.heap_), object_(std::exchange(other.object_, nullptr)) {}
    Owned &operator=(Owned &&other) noexcept {
        if (this != &other) {
            reset();
            heap_ = other.heap_;
            object_ = std::exchange(other.object_, nullptr);
        }
        return *this;
    }
    ~Owned() { reset(); }

    T *get() const { return object_; }
    T &operator*() const { return *object_; }
    T *operator->() const { return object_; }
    explicit operator bool() const { return object_ != nullptr; }

    /// Gives the object up; destroy(heap, object) ends it.
    T *release() { return std::exchange(object_, nullptr); }
    void reset();

private:
    Heap *heap_ = nullptr;
    T *object_ = nullptr;
};

/// Constructs a T on `heap`. Errors: no_memory.
template <typename T, typename... Arguments>
Result<T *> create(Heap &heap, Arguments &&...arguments) {
    void *memory = TRY(heap.allocate(sizeof(T), alignof(T)));
    return ::new (memory) T(std::forward<Arguments>(arguments)...);
}

/// Ends what create made; null is ignored.
template <typename T>
void destroy(Heap &heap, T *object) {
    if (object == nullptr) return;
    object->~T();
    heap.free(object);
}

template <typename T>
void Owned<T>::reset() {
    if (T *object = std::exchange(object_, nullptr)) destroy(*heap_, object);
}

/// Errors: no_memory.
template <typename T, typename... Arguments>
Result<Owned<T>> make_owned(Heap &heap, Arguments &&...arguments) {
    T *object = TRY(create<T>(heap, std::forward<Arguments>(arguments)...));
    return Owned<T>(heap, object);
}

}  // namespace axo
