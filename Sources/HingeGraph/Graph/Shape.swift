/// The shape of a value of known rank.
public struct Shape: Sendable, Hashable, ExpressibleByArrayLiteral {
    /// The dimensions, outermost first.
    public var dimensions: [Dimension]

    /// Creates a shape from its dimensions.
    public init(_ dimensions: [Dimension]) { self.dimensions = dimensions }

    /// Creates a fully known shape.
    public init(_ extents: [Int]) { dimensions = extents.map { .known($0) } }

    /// Creates a shape from a literal: `["N", 3, 224, 224]`.
    public init(arrayLiteral elements: Dimension...) { dimensions = elements }

    /// The number of dimensions.
    public var rank: Int { dimensions.count }

    /// The extents, if all are known.
    public var extents: [Int]? {
        var extents: [Int] = []
        for dimension in dimensions {
            guard let extent = dimension.extent else { return nil }
            extents.append(extent)
        }
        return extents
    }

    /// The dimension at `index`.
    public subscript(index: Int) -> Dimension {
        get { dimensions[index] }
        set { dimensions[index] = newValue }
    }
}

public extension Shape {
    /// The extent of one dimension of a value whose shape may be partly unknown.
    enum Dimension: Sendable, Hashable {
        /// A known number of elements.
        case known(Int)
        /// A named unknown. Dimensions of one name are equal throughout a graph.
        case symbolic(String)
        /// An unknown that follows from named ones: `2*N + 1`. It is no number and no name alone.
        case computed(Expression)
        /// An unknown without a name.
        case unknown

        /// The number of elements, if known.
        public var extent: Int? {
            if case .known(let extent) = self { extent } else { nil }
        }
    }
}

extension Shape.Dimension: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    /// Creates a known dimension.
    public init(integerLiteral value: Int) { self = .known(value) }
    /// Creates a named dimension; no name, and `?`, stand for an unknown one.
    public init(stringLiteral value: String) { self.init(name: value) }
    /// Creates a named dimension; no name, and `?`, stand for an unknown one.
    public init(name: String) {
        self = name.isEmpty || name == "?" ? .unknown : .symbolic(name)
    }
}

extension Shape.Dimension: CustomStringConvertible {
    /// The text that people read.
    public var description: String {
        switch self {
        case .known(let extent): "\(extent)"
        case .symbolic(let name): name
        case .computed(let expression): expression.description
        case .unknown: "?"
        }
    }
}

extension Shape: CustomStringConvertible {
    /// The text that people read.
    public var description: String {
        "[" + dimensions.map(\.description).joined(separator: ", ") + "]"
    }
}
