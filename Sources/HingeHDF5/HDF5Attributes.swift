import HingeGraph

/// The attributes of a group or dataset.
package struct HDF5Attributes: Sendable {
    private var values: [String: HDF5Attribute] = [:]

    /// Creates an empty set of attributes.
    package init() {}

    /// The attribute with the given name.
    package subscript(name: String) -> HDF5Attribute? {
        get { values[name] }
        set { values[name] = newValue }
    }

    /// The number of attributes.
    package var count: Int { values.count }

    /// The names, sorted by their bytes.
    package var names: [String] {
        values.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}

/// The value of an attribute: strings or numbers, in an array of any rank.
package struct HDF5Attribute: Sendable {
    /// What an attribute holds.
    package enum Value: Sendable {
        /// Strings, in row-major order.
        case strings([ByteString], StringForm)
        /// Numbers or booleans.
        case tensor(Tensor)
        /// Something that is neither, described in words. It cannot be written.
        case unsupported(String)
    }

    /// How the file stores a string.
    package struct StringForm: Sendable, Hashable {
        /// Whether the string is marked as UTF-8, rather than ASCII.
        package var isUTF8: Bool
        /// The size of each string in bytes, padded with zeros; `nil` when each has its own.
        package var fixedByteCount: Int?

        /// Creates a form.
        package init(isUTF8: Bool, fixedByteCount: Int? = nil) {
            self.isUTF8 = isUTF8
            self.fixedByteCount = fixedByteCount
        }

        /// Each string has its own size and is marked as UTF-8.
        package static let utf8 = StringForm(isUTF8: true)
        /// Each string has its own size and is marked as ASCII.
        package static let ascii = StringForm(isUTF8: false)
    }

    /// The value.
    package let value: Value
    /// The extent of each dimension; `[]` for a single value.
    package let shape: [Int]

    /// Creates an attribute that holds a tensor of numbers or booleans.
    package init(_ tensor: Tensor) {
        if let strings = tensor.strings {
            value = .strings(strings, .utf8)
        } else {
            value = .tensor(tensor)
        }
        shape = tensor.shape
    }

    /// Creates an attribute that holds one string.
    package init(_ string: String, form: StringForm = .utf8) {
        value = .strings([ByteString(string)], form)
        shape = []
    }

    /// Creates an attribute that holds a list of strings.
    package init(_ strings: [String], form: StringForm = .utf8) {
        value = .strings(strings.map { ByteString($0) }, form)
        shape = [strings.count]
    }

    init(value: Value, shape: [Int]) {
        self.value = value
        self.shape = shape
    }
}

extension HDF5Attribute {
    /// The string, if the attribute holds exactly one that is UTF-8.
    package var string: String? {
        guard case .strings(let strings, _) = value, strings.count == 1 else { return nil }
        return strings[0].text
    }

    /// The strings, if that is what the attribute holds and all are UTF-8.
    ///
    /// An empty array of any type is an empty list of strings: that is how h5py writes one.
    package var strings: [String]? {
        switch value {
        case .strings(let strings, _):
            let texts = strings.compactMap(\.text)
            return texts.count == strings.count ? texts : nil
        case .tensor(let tensor): return tensor.count == 0 ? [] : nil
        case .unsupported: return nil
        }
    }

    /// The numbers or booleans as a tensor, if that is what the attribute holds.
    package var tensor: Tensor? {
        if case .tensor(let tensor) = value { tensor } else { nil }
    }

    /// The integers, if that is what the attribute holds.
    package var integers: [Int]? { try? tensor?.integers() }

    /// The numbers, if that is what the attribute holds.
    package var doubles: [Double]? { try? tensor?.doubles() }
}
