// Ref<T>: a counted reference to a record in the state. T counts in `references` and has
// unreferenced(), which is called when the last one goes.
#pragma once

#include <cstdint>
#include <utility>

namespace axo::vfs {

template <typename T>
class Ref {
public:
    Ref() = default;
    explicit Ref(T *object) : object_(object) {
        if (object_ != nullptr) ++object_->references;
    }
    Ref(const Ref &other) : Ref(other.object_) {}
    Ref(Ref &&other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    Ref &operator=(Ref other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    ~Ref() { reset(); }

    /// Takes over a reference that was counted already.
    static Ref adopt(T *object) {
        Ref ref;
        ref.object_ = object;
        return ref;
    }

    T *get() const { return object_; }
    T &operator*() const { return *object_; }
    T *operator->() const { return object_; }
    explicit operator bool() const { return object_ != nullptr; }
    friend bool operator==(const Ref &a, const Ref &b) { return a.object_ == b.object_; }

    void reset() {
        T *object = std::exchange(object_, nullptr);
        if (object != nullptr && --object->references == 0) object->unreferenced();
    }

private:
    T *object_ = nullptr;
};

}  // namespace axo::vfs
