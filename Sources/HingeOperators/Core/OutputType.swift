import HingeGraph

extension NodeReader {
    /// The element type that an attribute states for output 0, if it states one.
    ///
    /// - Throws: ``HingeError`` when it isn't one that the output may have in some version.
    func outputType(_ name: String) throws -> DataType? {
        guard let type = try dataType(name) else { return nil }
        let schemas = OperatorSchema.versions(domain: node.domain, name: node.type)
        guard schemas.contains(where: { $0.output(at: 0)?.types.contains(type) == true }) else {
            throw error(name, "expected an element type that the output may have, found \(type)")
        }
        return type
    }
}

extension OutputTensor {
    /// Writes all elements, each the number that a function gives for its place, rounded once; booleans are whether it isn't 0.
    ///
    /// - Parameters:
    ///   - cost: The work of one element, as `parallelFor` counts it.
    ///   - number: The number at a place; several threads call it at the same time.
    /// - Throws: ``HingeError`` when the elements aren't numbers of 8 bits or more.
    func fill(cost: Int, _ number: (Int) -> Double) throws {
        try withoutActuallyEscaping(number) { number in
            var filler = Filler(output: self, cost: cost, number: number)
            guard try dataType.visit(&filler) != nil else {
                throw dataType.notSupported(as: "output 0")
            }
        }
    }

    private struct Filler: NumberVisitor {
        let output: OutputTensor
        let cost: Int
        let number: (Int) -> Double

        func visit<T: NumberElement>(_ type: T.Type) {
            let elements = output.elements(of: T.self)
            let isFlag = output.dataType == .bool
            parallelFor(elements.count, cost: cost) { range in
                for index in range {
                    let value = number(index)
                    elements[index] = T(rounding: isFlag ? (value != 0 ? 1 : 0) : value)
                }
            }
        }
    }
}
