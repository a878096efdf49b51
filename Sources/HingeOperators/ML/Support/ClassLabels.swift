import HingeGraph

/// The names of classes, by their positions: integers or strings.
public enum ClassLabels: Sendable, Hashable {
    case integers([Int])
    case strings([ByteString])
}

public extension ClassLabels {
    /// The number of classes.
    var count: Int {
        switch self {
        case .integers(let labels): labels.count
        case .strings(let labels): labels.count
        }
    }

    /// The element type of labels in a tensor.
    var dataType: DataType {
        switch self {
        case .integers: .int64
        case .strings: .string
        }
    }
}

extension ClassLabels {
    /// Reads the one of two attributes that a node has.
    ///
    /// - Throws: ``HingeError`` when it has none or both.
    init(_ node: NodeReader, integers: String, strings: String) throws {
        switch (try node.integerList(integers), try node.byteStrings(strings)) {
        case (let labels?, nil): self = .integers(labels)
        case (nil, let labels?): self = .strings(labels)
        default: throw node.oneOf(integers, strings)
        }
    }

    /// Whether no label occurs twice.
    var areDistinct: Bool {
        switch self {
        case .integers(let labels): Set(labels).count == labels.count
        case .strings(let labels): Set(labels).count == labels.count
        }
    }

    /// The attribute that holds the labels.
    func attribute(integers: String, strings: String) -> Attribute {
        switch self {
        case .integers(let labels): .ints(integers, labels)
        case .strings(let labels): .strings(strings, labels)
        }
    }

    /// All labels, a vector.
    func tensor() throws -> Tensor {
        switch self {
        case .integers(let labels): Tensor(labels.map { Int64($0) })
        case .strings(let labels): try .vector(labels)
        }
    }

    /// Writes the labels of classes to output 0, `[N]`.
    func write(_ classes: [Int], _ context: inout EvaluationContext) throws {
        switch self {
        case .integers(let labels):
            try context.output(0, .int64, [classes.count]).withUnsafeElements(of: Int64.self) {
                for (index, place) in classes.enumerated() { $0[index] = Int64(labels[place]) }
            }
        case .strings(let labels):
            try MemoryLimit.checkArray(of: ByteString.self, count: classes.count)
            context.set(0, try .vector(classes.map { labels[$0] }))
        }
    }
}
