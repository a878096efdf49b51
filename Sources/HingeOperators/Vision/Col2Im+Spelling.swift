import HingeGraph

extension Col2Im {
    /// Before version 18: along each dimension in turn, an element of the image is the sum of what the elements of blocks give
    /// to it.
    func spellAsSums(_ speller: inout Speller) throws {
        guard speller.opset >= 11 else { throw speller.needs(11, Self.type) }
        let type = try speller.elementType(0)
        let lengths = [1, 2].compactMap { speller.shape($0)?.dimensions.first?.extent }
        guard let rank = lengths.first else {
            throw speller.needs(18, "Col2Im of an unknown number of dimensions")
        }
        let (image, block) = (
            speller.cast(speller.inputs[1], to: .int64), speller.cast(speller.inputs[2], to: .int64)
        )
        let axes = (0..<rank).map { FoldedAxis(self, $0, rank, image, block, &speller) }
        let batch = speller.elements(0, 1, of: speller.step("Shape", [speller.inputs[0]]))
        let counts = speller.joined(axes.map(\.count))
        // [N, C, a block's extents, the number of blocks along each dimension], with those two side by side.
        var y = try speller.append(
            Reshape(),
            [speller.inputs[0], speller.joined([batch, speller.vector([-1]), block, counts])])
        let pairs = (0..<rank).flatMap { [2 + $0, 2 + rank + $0] }
        y = try speller.append(Transpose([0, 1] + pairs), [y])
        let merged = speller.step("Mul", [block, counts])
        y = try speller.append(
            Reshape(), [y, speller.joined([batch, speller.vector([-1]), merged])])
        for (axis, folded) in axes.enumerated() {
            let taken = speller.step("Gather", [y, folded.places], [.int("axis", 2 + axis)])
            let behind = Array(2..<2 + rank - 1 - axis)
            let isThere =
                behind.isEmpty
                ? folded.isThere
                : try speller.unsqueezed(folded.isThere, behind, type: .bool, rank: 2)
            let kept = speller.step("Where", [isThere, taken, try speller.number(0, type)])
            y = try speller.summed(kept, along: 3 + axis, type: type, rank: 3 + rank)
        }
        speller.emit("Identity", inputs: [y], outputs: speller.outputs)
    }
}

/// One dimension of an image that is put together from blocks.
private struct FoldedAxis {
    /// The name of the number of blocks, a vector of one element.
    let count: String
    /// The name of where among the elements of all blocks those are that each element of the image is made of,
    /// `[extent of the image, extent of a block]`.
    let places: String
    /// The name of whether there is one, of the same shape.
    let isThere: String

    /// - Parameters:
    ///   - image: The name of the extents of the image.
    ///   - block: The name of those of a block.
    init(
        _ operation: Col2Im, _ axis: Int, _ rank: Int, _ image: String, _ block: String,
        _ speller: inout Speller
    ) {
        func number(_ list: [Int], _ index: Int, _ standard: Int) -> Int {
            index < list.count ? list[index] : standard
        }
        func combined(_ type: String, _ a: String, _ b: String) -> String {
            speller.step(type, [a, b])
        }
        let pads = (
            number(operation.pads, axis, 0), number(operation.pads, rank + axis, 0)
        )
        let stride = speller.vector([number(operation.strides, axis, 1)])
        let dilation = speller.vector([number(operation.dilations, axis, 1)])
        let (zero, one) = (speller.vector([0]), speller.vector([1]))
        let extent = speller.elements(axis, axis + 1, of: image)
        let size = speller.elements(axis, axis + 1, of: block)
        let reach = combined("Mul", combined("Sub", size, one), dilation)
        let room = combined(
            "Sub", combined("Add", extent, speller.vector([pads.0 + pads.1 - 1])), reach)
        count = combined("Add", combined("Div", room, stride), one)
        func numbers(_ count: String) -> String {
            let scalar = speller.step("Reshape", [count, speller.vector([])])
            return speller.step("Range", [speller.whole(0), scalar, speller.whole(1)])
        }
        let elements = numbers(size)
        let column = speller.step("Reshape", [numbers(extent), speller.vector([-1, 1])])
        let distance = combined(
            "Sub", combined("Add", column, speller.vector([pads.0])),
            combined("Mul", elements, dilation))
        let number = combined("Div", distance, stride)
        let isWhole = combined("Equal", combined("Mul", number, stride), distance)
        let isInside = combined(
            "And", combined("Less", combined("Sub", zero, one), distance),
            combined("Less", number, count))
        isThere = combined("And", isWhole, isInside)
        let all = combined("Add", combined("Mul", elements, count), number)
        places = speller.step("Where", [isThere, all, zero])
    }
}
