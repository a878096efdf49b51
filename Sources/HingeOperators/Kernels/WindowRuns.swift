import HingeGraph

/// Where the elements of a window fall on the input, for all of its positions: the one walk that convolution,
/// transposed convolution and pooling share.
///
/// For each element of the window, the output positions for which it falls inside the input are listed as runs along
/// the last dimension. Elements that fall on padding everywhere are left out.
struct WindowRuns: Sendable {
    /// Neighbouring output positions and the input elements below them.
    struct Run: Sendable {
        /// The first output position, counted in row-major order.
        var output: Int
        /// The first input element; the following ones are ``WindowRuns/step`` apart.
        var input: Int
        /// The number of output positions.
        var count: Int
    }

    /// The distance of the input elements of neighbouring output positions.
    let step: Int
    /// The number of elements of the window, those on padding included.
    let kernelCount: Int
    /// The window's elements, by position in the kernel in row-major order, and their runs.
    private(set) var elements: [(kernel: Int, runs: [Run])] = []

    init(_ geometry: SpatialGeometry) {
        let rank = geometry.input.count
        step = geometry.strides.last ?? 1
        kernelCount = geometry.kernel.reduce(1, *)
        guard !geometry.input.contains(0), !geometry.output.contains(0) else { return }
        let axes = (0..<rank).map { Axis(geometry, $0) }
        guard axes.allSatisfy({ !$0.kernel.isEmpty }) else { return }
        var index = axes.map(\.kernel.lowerBound)
        while true {
            let kernel = zip(index, geometry.kernel).reduce(0) { $0 * $1.1 + $1.0 }
            let runs = Self.runs(axes, at: index)
            if !runs.isEmpty { elements.append((kernel, runs)) }
            var dimension = rank - 1
            while dimension >= 0 {
                index[dimension] += 1
                if index[dimension] < axes[dimension].kernel.upperBound { break }
                index[dimension] = axes[dimension].kernel.lowerBound
                dimension -= 1
            }
            if dimension < 0 { return }
        }
    }

    /// One dimension of the walk.
    private struct Axis {
        let input: Int
        let output: Int
        let stride: Int
        let dilation: Int
        let padding: Int
        /// The window's elements that fall on the input at some position.
        let kernel: Range<Int>

        init(_ geometry: SpatialGeometry, _ index: Int) {
            input = geometry.input[index]
            output = geometry.output[index]
            stride = geometry.strides[index]
            dilation = geometry.dilations[index]
            padding = geometry.padsBegin[index]
            // Inside for some position o: 0 ≤ o · stride + k · dilation − padding < input.
            let before = padding - (output - 1) * stride
            let first = before <= 0 ? 0 : (before + dilation - 1) / dilation
            let last = min(geometry.kernel[index], (padding + input - 1) / dilation + 1)
            kernel = first..<max(first, last)
        }

        /// The output positions at which the window's element `kernel` falls on the input.
        func outputs(_ kernel: Int) -> Range<Int> {
            let offset = kernel * dilation - padding
            let first = offset >= 0 ? 0 : (-offset + stride - 1) / stride
            let last = offset >= input ? 0 : min(output, (input - 1 - offset) / stride + 1)
            return first..<max(first, last)
        }

        /// The input element below the window's element `kernel` at an output position.
        func input(_ output: Int, _ kernel: Int) -> Int {
            output * stride + kernel * dilation - padding
        }
    }

    private static func runs(_ axes: [Axis], at kernel: [Int]) -> [Run] {
        var starts: [(output: Int, input: Int)] = [(0, 0)]
        for (axis, element) in zip(axes, kernel).dropLast() {
            let outputs = axis.outputs(element)
            starts = starts.flatMap { start in
                outputs.map {
                    (
                        start.output * axis.output + $0,
                        start.input * axis.input + axis.input($0, element)
                    )
                }
            }
        }
        guard let axis = axes.last, let element = kernel.last else { return [] }
        let outputs = axis.outputs(element)
        if outputs.isEmpty { return [] }
        return starts.map { start in
            Run(
                output: start.output * axis.output + outputs.lowerBound,
                input: start.input * axis.input + axis.input(outputs.lowerBound, element),
                count: outputs.count)
        }
    }
}
