import Hinge

/// Small grey images as text, side by side.
enum DigitDrawing {
    private static let shades: [Character] = [" ", "░", "▒", "▓", "█"]

    /// Draws one image of each class that occurs, up to six, with the class that the model says.
    ///
    /// - Parameters:
    ///   - images: `[N, height, width, 1]`, 0 for white to 1 for black.
    ///   - classes: The class that the model says, for each image.
    ///   - labels: The true class, for each image.
    static func draw(_ images: Tensor, classes: [Int], labels: [Int]) throws -> String {
        let (height, width) = (images.shape[1], images.shape[2])
        let pixels = try images.floats()
        var chosen: [Int] = []
        for index in classes.indices where chosen.count < 6 {
            if !chosen.contains(where: { labels[$0] == labels[index] }) { chosen.append(index) }
        }
        var lines: [String] = []
        for row in 0..<height {
            let parts = chosen.map { image in
                (0..<width).map { column in
                    let value = pixels[(image * height + row) * width + column]
                    let level = min(max(value, 0), 1) * Float(shades.count - 1)
                    let shade = shades[level.isNaN ? 0 : Int(level.rounded())]
                    return String(repeating: shade, count: 2)
                }.joined()
            }
            lines.append("  " + parts.joined(separator: "  "))
        }
        let captions = chosen.map { image in
            let verdict = classes[image] == labels[image] ? "" : ", is a \(labels[image])"
            let caption = "says \(classes[image])\(verdict)"
            let padding = max(0, 2 * width - caption.count)
            return caption + String(repeating: " ", count: padding)
        }
        lines.append("  " + captions.joined(separator: "  "))
        return lines.joined(separator: "\n")
    }
}
