/// Named texts, in the order of the file.
///
/// Formats allow a key to occur twice; both are kept.
public struct Metadata: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// A key and its text.
    public struct Entry: Sendable, Hashable {
        /// The key.
        public var key: String
        /// The text.
        public var value: String

        /// Creates an entry.
        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    /// The entries, in order.
    public var entries: [Entry]

    /// Creates metadata of the given entries.
    public init(_ entries: [Entry]) { self.entries = entries }

    /// Creates metadata from a literal.
    public init(dictionaryLiteral elements: (String, String)...) {
        entries = elements.map { Entry(key: $0.0, value: $0.1) }
    }

    /// Whether there are none.
    public var isEmpty: Bool { entries.isEmpty }

    /// The text of the first entry with the given key.
    ///
    /// Setting replaces it, appends, or removes all.
    public subscript(key: String) -> String? {
        get { entries.first { $0.key == key }?.value }
        set {
            guard let newValue else { return entries.removeAll { $0.key == key } }
            if let index = entries.firstIndex(where: { $0.key == key }) {
                entries[index].value = newValue
            } else {
                entries.append(Entry(key: key, value: newValue))
            }
        }
    }
}
