import HingeGraph

/// The sums of the blocks that cover each element of an image.
struct BlockFolding: Sendable {
    let runs: WindowRuns
    /// The shape of the result, `[N, C, spatial…]`.
    let shape: [Int]
    let planes: Int
    let imageSize: Int
    let blockCount: Int

    init(_ geometry: SpatialGeometry, _ shape: [Int]) {
        runs = WindowRuns(geometry)
        self.shape = shape
        planes = shape[0] * shape[1]
        imageSize = geometry.input.reduce(1, *)
        blockCount = geometry.output.reduce(1, *)
    }

    /// Calls `body` with an element of a plane's columns, and the element of the image where it goes.
    @inline(__always)
    func forEachElement(_ body: (_ column: Int, _ image: Int) -> Void) {
        for element in runs.elements {
            let row = element.kernel * blockCount
            for run in element.runs {
                for index in 0..<run.count {
                    body(row + run.output + index, run.input + index * runs.step)
                }
            }
        }
    }

    /// The strings that come to lie on each other, joined.
    func join(_ strings: [ByteString]) throws -> Tensor {
        var results = try [[UInt8]](bounded: [], count: planes * imageSize)
        for plane in 0..<planes {
            let start = plane * runs.kernelCount * blockCount
            forEachElement { column, image in
                results[plane * imageSize + image] += strings[start + column].bytes
            }
        }
        return try Tensor(strings: results.map { ByteString(bytes: $0) }, shape: shape)
    }

    /// Makes the kernel for a type of numbers.
    struct Maker: NumberVisitor {
        let folding: BlockFolding
        let dataType: DataType

        func visit<T: NumberElement>(_ type: T.Type) throws -> Kernel { kernel(type, parts: 1) }

        /// - Parameter parts: The numbers that an element has: 2 for complex ones.
        func kernel<T: NumberElement>(_ type: T.Type, parts: Int) -> Kernel {
            { [folding, dataType] context in
                let x = try context.input(0).aligned()
                let y = try context.output(0, dataType, folding.shape)
                guard let source = x.region?.base.assumingMemoryBound(to: T.self),
                    let target = y.bytes.baseAddress?.assumingMemoryBound(to: T.self), y.count > 0
                else { return }
                withExtendedLifetime(x) {
                    folding.add(
                        source, to: target, parts: parts, combinesFlags: dataType == .bool)
                }
            }
        }
    }

    private func add<T: NumberElement>(
        _ source: UnsafePointer<T>, to target: UnsafeMutablePointer<T>, parts: Int,
        combinesFlags: Bool
    ) {
        typealias Sum = T.Computed.Accumulator
        let columnSize = runs.kernelCount * blockCount
        parallelFor(planes, cost: Extent.product(of: [4, columnSize + imageSize, parts])) { range in
            let sums = UnsafeMutablePointer<Sum>.allocate(capacity: imageSize * parts)
            defer { sums.deallocate() }
            for plane in range {
                let (x, y) = (
                    source + plane * columnSize * parts, target + plane * imageSize * parts
                )
                sums.update(repeating: .zero, count: imageSize * parts)
                for part in 0..<parts {
                    forEachElement { column, image in
                        let place = image * parts + part
                        let value = x[column * parts + part].computed.accumulator
                        sums[place] =
                            combinesFlags
                            ? max(sums[place], value) : Sum.sum(sums[place], value)
                    }
                }
                for place in 0..<imageSize * parts {
                    y[place] = T(computed: T.Computed(sums[place]))
                }
            }
        }
    }
}
