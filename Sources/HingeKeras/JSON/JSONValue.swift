/// A JSON document or a part of one, as Python's `json` module reads and writes it.
///
/// Integers are exact, members keep their order, and NaN and the infinities exist.
package enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue {
    /// The truth value, if this is one.
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

    /// The integer, if this is one, or a number that is a whole one.
    package var int: Int? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }

    /// The number, whole or not.
    package var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The string, if this is one.
    package var string: String? { if case .string(let value) = self { value } else { nil } }

    /// The elements, if this is an array.
    package var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }

    /// The members, if this is an object.
    package var object: JSONObject? { if case .object(let value) = self { value } else { nil } }

    /// Whether this is null.
    package var isNull: Bool { self == .null }

    /// The member of an object with the given key.
    ///
    /// A null counts as absent.
    package subscript(key: String) -> JSONValue? {
        guard let value = object?[key], !value.isNull else { return nil }
        return value
    }

    /// An array of integers.
    package static func integers(_ values: [Int]) -> JSONValue {
        .array(values.map { .integer($0) })
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        var object = JSONObject()
        for (key, value) in elements { object[key] = value }
        self = .object(object)
    }
}

extension JSONValue: CustomStringConvertible {
    /// The text for an error message: the value itself, shortened when it is long.
    package var description: String {
        let text = JSONWriter.text(self, budget: 80)
        return text.count <= 60 ? text : text.prefix(57) + "…"
    }
}

/// The members of a JSON object, in order; no key occurs twice.
package struct JSONObject: Sendable, Equatable {
    /// A key and its value.
    package struct Member: Sendable, Equatable {
        /// The key.
        package let key: String
        /// The value.
        package var value: JSONValue
    }

    /// The members, in order.
    package private(set) var members: [Member] = []
    /// Where the members of a large object are.
    private var positions: [String: Int] = [:]
    /// The number of members that are looked through one by one.
    private static let searchLimit = 16

    /// Creates an empty object.
    package init() {}

    /// The keys, in order.
    package var keys: [String] { members.map(\.key) }

    /// The value with the given key.
    ///
    /// Setting replaces it in its place, appends, or removes.
    package subscript(key: String) -> JSONValue? {
        get { position(key).map { members[$0].value } }
        set {
            switch (position(key), newValue) {
            case (let position?, let value?): members[position].value = value
            case (nil, let value?):
                members.append(Member(key: key, value: value))
                if positions.isEmpty { index() } else { positions[key] = members.count - 1 }
            case (let position?, nil):
                members.remove(at: position)
                index()
            case (nil, nil): break
            }
        }
    }

    private func position(_ key: String) -> Int? {
        positions.isEmpty ? members.firstIndex { $0.key == key } : positions[key]
    }

    /// Notes where the members are, where they are many.
    private mutating func index() {
        positions = [:]
        guard members.count > JSONObject.searchLimit else { return }
        for (index, member) in members.enumerated() { positions[member.key] = index }
    }

    /// The members sorted by their keys, as Python sorts strings: by code point.
    package var sorted: [Member] {
        members.sorted { $0.key.unicodeScalars.lexicographicallyPrecedes($1.key.unicodeScalars) }
    }

    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.members == right.members
    }
}
