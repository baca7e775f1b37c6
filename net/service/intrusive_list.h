// A doubly linked list whose nodes are members of what they list: joining and leaving cost nothing and cannot fail,
// and what goes away leaves its lists by itself. Thread: one.
#pragma once

namespace net::service {

template <typename T>
class IntrusiveList;

template <typename T>
class ListNode {
  public:
    explicit ListNode(T& owner) : owner_(&owner) {}
    ~ListNode() { leave(); }
    ListNode(const ListNode&) = delete;
    ListNode& operator=(const ListNode&) = delete;

    [[nodiscard]] bool is_listed() const { return next_ != nullptr; }
    void leave() {
        if (next_ == nullptr) return;
        previous_->next_ = next_;
        next_->previous_ = previous_;
        previous_ = next_ = nullptr;
    }

  private:
    friend class IntrusiveList<T>;
    ListNode() : owner_(nullptr), previous_(this), next_(this) {}  // a list's own

    T* owner_;
    ListNode* previous_ = nullptr;
    ListNode* next_ = nullptr;
};

template <typename T>
class IntrusiveList {
  public:
    IntrusiveList() = default;
    ~IntrusiveList() {
        while (pop_front() != nullptr) {
        }
    }
    IntrusiveList(const IntrusiveList&) = delete;
    IntrusiveList& operator=(const IntrusiveList&) = delete;

    [[nodiscard]] bool is_empty() const { return head_.next_ == &head_; }
    // Null when empty.
    [[nodiscard]] T* front() const { return is_empty() ? nullptr : head_.next_->owner_; }
    // At the end, unless it is in a list already.
    void push_back(ListNode<T>& node) {
        if (node.is_listed()) return;
        node.previous_ = head_.previous_;
        node.next_ = &head_;
        head_.previous_->next_ = &node;
        head_.previous_ = &node;
    }
    T* pop_front() {
        T* first = front();
        if (first != nullptr) head_.next_->leave();
        return first;
    }
    // All of `other`'s, in order; `other` is empty after.
    void take(IntrusiveList& other) {
        while (!other.is_empty()) {
            ListNode<T>* node = other.head_.next_;
            node->leave();
            push_back(*node);
        }
    }
    // `visit` may take the visited one off the list, and no other.
    template <typename Visit>
    void for_each(Visit&& visit) {
        for (ListNode<T>* node = head_.next_; node != &head_;) {
            ListNode<T>* next = node->next_;
            visit(*node->owner_);
            node = next;
        }
    }

  private:
    ListNode<T> head_;
};

}  // namespace net::service
