import HingeGraph

/// Letters for the labels of an equation, those of the ellipsis included.
struct EinsumLetters {
    private var letters: [EinsumEquation.Label: Character] = [:]
    private var count = 0

    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")

    /// A letter that stands for nothing yet.
    ///
    /// - Throws: ``HingeError`` with the code `unsupported` when there are no more.
    mutating func fresh() throws -> Character {
        guard count < Self.alphabet.count else {
            throw HingeError(
                .unsupported, "an equation of more than \(Self.alphabet.count) letters")
        }
        count += 1
        return Self.alphabet[count - 1]
    }

    /// The letter of a label.
    mutating func letter(_ label: EinsumEquation.Label) throws -> Character {
        if let known = letters[label] { return known }
        let letter = try fresh()
        letters[label] = letter
        return letter
    }

    /// The letters of labels.
    mutating func term(_ labels: [EinsumEquation.Label]) throws -> String {
        String(try labels.map { try letter($0) })
    }
}

extension Derivative {
    /// The number 1, `[1]`, of the element type of a value.
    func one(like operand: Operand) throws -> Tensor {
        try Tensor(filledWith: 1, composition.dataType(operand), shape: [1])
    }

    /// A value with zeros behind the elements along an axis, or fewer of them, so that there are `extent`.
    mutating func resized(_ operand: Operand, _ axis: Int, _ extent: Int) throws -> Operand {
        let shape = try composition.knownShape(operand)
        guard let found = shape[axis].extent, found != extent else { return operand }
        var pads = [Int](repeating: 0, count: 2 * shape.rank)
        pads[shape.rank + axis] = extent - found
        return try append(Pad(), operand, integers(pads))
    }
}

extension Tensor {
    /// The identity matrix, `float64`.
    ///
    /// - Throws: ``HingeError`` with the code `limit` when it takes too much memory.
    static func identity(_ count: Int) throws -> Tensor {
        var result = try Tensor(zeros: .float64, shape: [count, count])
        try result.withUnsafeMutableElements(of: Double.self) { elements in
            for index in 0..<count { elements[index * count + index] = 1 }
        }
        return result
    }
}
