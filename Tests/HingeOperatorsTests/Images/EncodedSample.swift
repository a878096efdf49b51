import Foundation
import Testing

/// An image file that Pillow 13.0 wrote, and the checksums (CRC-32) of the pixels that it read from it.
struct EncodedSample: CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    /// Height and width.
    let extents: [Int]
    /// Of the pixels after `convert("RGB")`.
    let rgb: UInt32
    /// Of the pixels after `convert("L")`.
    let luma: UInt32

    private init(
        _ name: String, _ extents: [Int], rgb: UInt32, luma: UInt32, _ text: String
    ) {
        testDescription = name
        self.extents = extents
        self.rgb = rgb
        self.luma = luma
        bytes = Array(Data(base64Encoded: text) ?? Data())
    }

    /// Whether this build reads it: formats that take a library of their own need the trait `Images`.
    var isReadable: Bool {
        #if Images
            true
        #else
            [UInt8(ascii: "B"), UInt8(ascii: "P")].contains(bytes[0])
        #endif
    }

    /// The CRC-32 of bytes, as zlib computes it.
    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var sum = ~0 as UInt32
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 {
                let isOdd = sum & 1 == 1
                sum >>= 1
                if isOdd { sum ^= 0xEDB8_8320 }
            }
        }
        return ~sum
    }

    static let all = [
        EncodedSample(
            "png", [3, 5], rgb: 0x05F7CFC2, luma: 0xA7F617A5,
            """
            iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAIAAADUVFKvAAAAO0lEQVR4nAEwAM//APjCvs+TGu0V\
            9dPvLQWdnwE8Nuwx+Nvl8gbS57m6MgwACJUODxYKkNAYGAcpC1U7XrsU+xUH66wAAAAASUVORK5C\
            YII=
            """),
        EncodedSample(
            "pngGrey", [3, 5], rgb: 0x0ED8CCBD, luma: 0xA7F617A5,
            """
            iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAAAAAB+XZokAAAAG0lEQVR4nGO8dPRG0nxGX9aPt8OY\
            +A6mfjoBAFDmCNffKt9fAAAAAElFTkSuQmCC
            """),
        EncodedSample(
            "pngPalette", [3, 5], rgb: 0x8AC67B35, luma: 0x361227E9,
            """
            iVBORw0KGgoAAAANSUhEUgAAAAUAAAADAgMAAAAmWC1rAAAADFBMVEV7vVaTYE16Jt0ZDD4ILkIB\
            AAAAEUlEQVR4nGOQYGBY7cBgfAAABkYB91bwToIAAAAASUVORK5CYII=
            """),
        EncodedSample(
            "pngAlpha", [3, 5], rgb: 0x05F7CFC2, luma: 0xA7F617A5,
            """
            iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAYAAABbNsX4AAAASklEQVR4nAE/AMD/APjCvv/Pkxr/\
            7RX1/9PvLf8FnZ//ATw27P8x+NsA5fIGANLnuQC6MgwAAAiVDv8PFgr/kNAY/xgHKf8LVTv/d0Yf\
            8Bn1JxcAAAAASUVORK5CYII=
            """),
        EncodedSample(
            "jpeg", [9, 11], rgb: 0xBD378713, luma: 0xF2CFCB52,
            """
            /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQFxQYGBcU\
            FhYaHSUfGhsjHBYWICwgIyYnKSopGR8tMC0oMCUoKSj/2wBDAQcHBwoIChMKChMoGhYaKCgoKCgo\
            KCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCj/wAARCAAJAAsDASIA\
            AhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQA\
            AAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3\
            ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWm\
            p6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEA\
            AwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSEx\
            BhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElK\
            U1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3\
            uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwCbw38O\
            44ghkjVfr3rqBp3hy3zDNqVgksZKOrXEalSDgggtkH61ua9/yLmv/wDXhN/6KNeH23+oT6V5n9t4\
            rF161KlaCpycdrt20vrt6W+Z7PDvDFLNaUqtSbVrbI//2Q==
            """),
        EncodedSample(
            "jpegGrey", [9, 11], rgb: 0xB28CA9EA, luma: 0xA2E16DC4,
            """
            /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0a\
            HBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/wAALCAAJAAsBAREA/8QAHwAAAQUBAQEB\
            AQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1Fh\
            ByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZ\
            WmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXG\
            x8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/AJNH8DJGFLoF+tbwsdBg\
            zFJf2aSISrK06Agg4IIJyK1dU/5Aer/9eUv/AKLNeWQ/6lfpX//Z
            """),
        EncodedSample(
            "jpegProgressive", [9, 11], rgb: 0x283CDE31, luma: 0x07FBC3D8,
            """
            /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0a\
            HBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/2wBDAQkJCQwLDBgNDRgyIRwhMjIyMjIy\
            MjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjL/wgARCAAJAAsDASIA\
            AhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAABAIG/8QAFAEBAAAAAAAAAAAAAAAAAAAABP/aAAwD\
            AQACEAMQAAABp6ssdP8A/8QAGxAAAgEFAAAAAAAAAAAAAAAAAAMBBBESMTP/2gAIAQEAAQUCTQ2M\
            EQN4Rr//xAAYEQEAAwEAAAAAAAAAAAAAAAABAAIEA//aAAgBAwEBPwHFgr3qqz//xAAaEQACAgMA\
            AAAAAAAAAAAAAAACAwARARQh/9oACAECAQE/AdpjDIR5Wan/xAAcEAABAwUAAAAAAAAAAAAAAAAA\
            AQIRAxBxcrH/2gAIAQEABj8CIV7JyVdF5b//xAAZEAEAAwEBAAAAAAAAAAAAAAABABExECH/2gAI\
            AQEAAT8hCllTOQ8RPCM5/9oADAMBAAIAAwAAABAv/8QAFxEBAAMAAAAAAAAAAAAAAAAAAQARUf/a\
            AAgBAwEBPxBE5WT/xAAbEQEAAQUBAAAAAAAAAAAAAAABEQAhMUGB8P/aAAgBAgEBPxC0QNhKxvx2\
            v//EABoQAQACAwEAAAAAAAAAAAAAAAEAEVFxofD/2gAIAQEAAT8QGR7QstVA0RpEWyePlOCf/9k=
            """),
        EncodedSample(
            "jpegInk", [9, 11], rgb: 0x0D396D24, luma: 0xAB23BE87,
            """
            /9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAIBgYHBgUIBwcHCQkICgwUDQwLCwwZEhMPFB0aHx4dGhwc\
            ICQuJyAiLCMcHCg3KSwwMTQ0NB8nOT04MjwuMzQy/8AAFAgACQALBEMRAE0RAFkRAEsRAP/EAB8A\
            AAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUS\
            ITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElK\
            U1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4\
            ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwDE\
            0TwF9391+lXtE8Bfd/dfpXRDRtF8N26T6zf2lihRnQTyBWkCgFti9XIyOFBPI9a9/ruIfAX7lf3X\
            b0rbNt4VtXa3uPEGjQzxMUkjkvolZGBwQQWyCDxis4/E7wbC7RJp2szojFVljtowrgH7w3SA4PXk\
            A+oFFdHon8Nb/iD/AJJ54k/7BV1/6KavPfil/wAlf1v/ALd//SeOiu3h/wBSv0r5Wh/1K/Sq8P8A\
            qV+lFf/Z
            """),
        EncodedSample(
            "tiff", [3, 5], rgb: 0x05F7CFC2, luma: 0xA7F617A5,
            """
            SUkqAAgAAAAKAAABBAABAAAABQAAAAEBBAABAAAAAwAAAAIBAwADAAAAhgAAAAMBAwABAAAAAQAA\
            AAYBAwABAAAAAgAAABEBBAABAAAAjAAAABUBAwABAAAAAwAAABYBBAABAAAAAwAAABcBBAABAAAA\
            LQAAABwBAwABAAAAAQAAAAAAAAAIAAgACAD4wr7PkxrtFfXT7y0FnZ88NuxtLsdSIM0kB4beOZII\
            lQ4PFgqQ0BgYBykLVTs=
            """),
        EncodedSample(
            "tiffGrey", [3, 5], rgb: 0x0ED8CCBD, luma: 0xA7F617A5,
            """
            SUkqABwAAACANJLm9onAmlIhh46FsJqgIDyAgAkAAAEDAAEAAAAFAAAAAQEDAAEAAAADAAAAAgED\
            AAEAAAAIAAAAAwEDAAEAAAAFAAAABgEDAAEAAAABAAAAEQEEAAEAAAAIAAAAFgEDAAEAAAADAAAA\
            FwEEAAEAAAAUAAAAHAEDAAEAAAABAAAAAAAAAA==
            """),
        EncodedSample(
            "webp", [9, 11], rgb: 0x34AFB802, luma: 0x2FED1D82,
            """
            UklGRooAAABXRUJQVlA4IH4AAAAQAgCdASoLAAkAAUAmJbACdDBGAWl7z4IAAP733W++Xh7fzXGs\
            EM5n5EasDnNgWHuDzdg9cIP8GsZuoyC3Gn/5CD/4a/5//EQofzMTl/n/rKPqvxXs31Z/wYQfUJf/\
            +qZ7en8Gv9Dc3v2CG70/P//Vifszkfwz/fU3/8eQAAA=
            """),
        EncodedSample(
            "webpLossless", [3, 5], rgb: 0x05F7CFC2, luma: 0xA7F617A5,
            """
            UklGRoIAAABXRUJQVlA4THYAAAAvBIAAAHegJrLVaAYBlAgBy7R4wMaVq8ukixu1kWwlX6L/scyr\
            IKRGCtLWCNREslrxqxg8oABVqEAWCqgjAwHpUqWa/6Cgv7j7hP4LxuMcTm8vLmxfrMHXdEhmjnJL\
            ZoGCRpKa7x0LGMAC+rCA9Yj+xz3r/ZKt
            """),
        EncodedSample(
            "jpeg2000", [3, 5], rgb: 0x05F7CFC2, luma: 0xA7F617A5,
            """
            AAAADGpQICANCocKAAAAFGZ0eXBqcDIgAAAAAGpwMiAAAAAtanAyaAAAABZpaGRyAAAAAwAAAAUA\
            AwcHAAAAAAAPY29scgEAAAAAABAAAADranAyY/9P/1EALwAAAAAABQAAAAMAAAAAAAAAAAAAAAUA\
            AAADAAAAAAAAAAAAAwcBAQcBAQcBAf9SAAwAAAABAAEEBAAB/1wAB0BASEhQ/2QAJQABQ3JlYXRl\
            ZCBieSBPcGVuSlBFRyB2ZXJzaW9uIDIuNS40/5AACgAAAAAAcAAB/5PfgEAMUa25C3eGPd+AQBRf\
            p+naNVwfz7QcDZdjmTVF2MfaCT8AWPwAwBBmVtoMjq1q3wvBNs/AGj7QSD6gQAyBqQ9vXwk48S8A\
            CP9/z8AafgCQ+0DABqMAdAm/A3uPrwNJ9//Z
            """),
        EncodedSample(
            "jpeg2000Grey", [3, 5], rgb: 0x0ED8CCBD, luma: 0xA7F617A5,
            """
            AAAADGpQICANCocKAAAAFGZ0eXBqcDIgAAAAAGpwMiAAAAAtanAyaAAAABZpaGRyAAAAAwAAAAUA\
            AQcHAAAAAAAPY29scgEAAAAAABEAAACianAyY/9P/1EAKQAAAAAABQAAAAMAAAAAAAAAAAAAAAUA\
            AAADAAAAAAAAAAAAAQcBAf9SAAwAAAABAAEEBAAB/1wAB0BASEhQ/2QAJQABQ3JlYXRlZCBieSBP\
            cGVuSlBFRyB2ZXJzaW9uIDIuNS40/5AACgAAAAAALQAB/5PPtBwMHqH1Dj1Mz8AWPtBIfaBgEEyG\
            5NMMBH6vAvKz/9k=
            """),
        EncodedSample(
            "bmp", [3, 5], rgb: 0x05F7CFC2, luma: 0xA7F617A5,
            """
            Qk1mAAAAAAAAADYAAAAoAAAABQAAAAMAAAABABgAAAAAADAAAADEDgAAxA4AAAAAAAAAAAAADpUI\
            ChYPGNCQKQcYO1ULAOw2PMcubc0gUoYHJJI53gC+wvgak8/1Fe0t79OfnQUA
            """),
        EncodedSample(
            "bmpBits", [3, 5], rgb: 0x33A12EBF, luma: 0x984DEC78,
            """
            Qk1KAAAAAAAAAD4AAAAoAAAABQAAAAMAAAABAAEAAAAAAAwAAADEDgAAxA4AAAIAAAACAAAAAAAA\
            AP///wAgAAAACAAAANAAAAA=
            """),
        EncodedSample(
            "bmpAlpha", [3, 5], rgb: 0x05F7CFC2, luma: 0xA7F617A5,
            """
            Qk1yAAAAAAAAADYAAAAoAAAABQAAAAMAAAABACAAAAAAADwAAADEDgAAxA4AAAAAAAAAAAAADpUI\
            /woWD/8Y0JD/KQcY/ztVC//sNjz/xy5t/80gUv+GByT/kjne/77C+P8ak8//9RXt/y3v0/+fnQX/
            """),
        EncodedSample(
            "ppm", [3, 5], rgb: 0x05F7CFC2, luma: 0xA7F617A5,
            """
            UDYKNSAzCjI1NQr4wr7PkxrtFfXT7y0FnZ88NuxtLsdSIM0kB4beOZIIlQ4PFgqQ0BgYBykLVTs=
            """),
        EncodedSample(
            "pgm", [3, 5], rgb: 0x0ED8CCBD, luma: 0xA7F617A5,
            """
            UDUKNSAzCjI1NQrSl2/RcE1SQx50WxOoEDw=
            """),
        EncodedSample(
            "pbm", [3, 5], rgb: 0x33A12EBF, luma: 0x984DEC78,
            """
            UDQKNSAzCijw2A==
            """),
    ]

    /// Files of 2 × 3 pixels that say that they are to be turned by 90 degrees, and what Pillow's `exif_transpose` makes
    /// of them.
    static let rotated = [
        EncodedSample(
            "png", [3, 2], rgb: 0x01C6E87A, luma: 0xCC482462,
            """
            iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAAAAAC4HznGAAAAGmVYSWZNTQAqAAAACAABARIAAwAA\
            AAEABgAAAAAAANZnS2kAAAAQSURBVHicY9TQ0GBYcOIDAAdAAtIyYhhsAAAAAElFTkSuQmCC
            """),
        EncodedSample(
            "tiff", [3, 2], rgb: 0x01C6E87A, luma: 0xCC482462,
            """
            SUkqAAgAAAAKAAABBAABAAAAAwAAAAEBBAABAAAAAgAAAAIBAwABAAAACAAAAAMBAwABAAAAAQAA\
            AAYBAwABAAAAAQAAABEBBAABAAAAhgAAABIBAwABAAAABgAAABYBBAABAAAAAgAAABcBBAABAAAA\
            BgAAABwBAwABAAAAAQAAAAAAAAAoUHigyPA=
            """),
        EncodedSample(
            "jpeg", [3, 2], rgb: 0xFFA3B519, luma: 0x2AA2F25D,
            """
            /9j/4AAQSkZJRgABAQAAAQABAAD/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/\
            2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUV\
            DA8XGBYUGBIUFRT/wAALCAACAAMBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL\
            /8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2Jy\
            ggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWG\
            h4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo\
            6erx8vP09fb3+Pn6/9oACAEBAAA/APtv4YfCzwX/AMIBof8AxSGg/wDHuP8AmGQ+p/2a/9k=
            """),
        EncodedSample(
            "webp", [3, 2], rgb: 0x01C6E87A, luma: 0xCC482462,
            """
            UklGRlwAAABXRUJQVlA4WAoAAAAIAAAAAgAAAQAAVlA4TBsAAAAvAkAAAC9QlKIUZf4jgJq2DdhQ\
            519Ojeh/TC8ARVhJRhoAAABNTQAqAAAACAABARIAAwAAAAEABgAAAAAAAA==
            """),
    ]
}
